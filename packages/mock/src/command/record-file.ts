import { type FileHandle, open } from 'node:fs/promises'
import { fdatasync, fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { ArrivedCall } from '../server/answer.ts'

const sync = promisify(fdatasync)

type Fields = Record<string, unknown>

/**
 * File of `--record`: each identify and track that arrived, in order, as a line that `obsidian-events track --from` takes. A
 * retry, which has the id of the event, is no second line.
 */
export class RecordFile {
  /** Rejects with an error of one line when the file cannot be written any more. */
  readonly failed: Promise<never>
  readonly #path: string
  readonly #file: FileHandle
  /** Events in the file that have an id, by their identities. */
  readonly #events: Set<string>
  #reject: (error: Error) => void = () => undefined
  /** False for a pipe and the like, which nothing can sync. */
  readonly #isOnDisk: boolean
  #syncing: Promise<void> | undefined
  #isBehind = false
  #isEnded = false

  private constructor(path: string, file: FileHandle, events: Set<string>) {
    this.#path = path
    this.#file = file
    this.#events = events
    this.#isOnDisk = fstatSync(file.fd).isFile()
    this.failed = new Promise<never>((_, reject) => (this.#reject = reject))
    // Nobody may be waiting for it by then.
    this.failed.catch(() => undefined)
  }

  /**
   * Opens the file, and makes it if there is none, for its owner only.
   *
   * @throws Error of one line if it cannot be had, or has something in it and nothing may be appended
   */
  static async open(path: string, append: boolean): Promise<RecordFile> {
    try {
      const file = await open(path, 'a+', 0o600)
      const { size } = await file.stat()
      if (size === 0) return new RecordFile(path, file, new Set())
      if (append) return new RecordFile(path, file, await readEvents(file, size))
      await file.close()
    } catch (cause) {
      throw new Error(problemOf(path, cause), { cause })
    }
    throw new Error(`${path} has something in it: name another file, or add to this one with --append`)
  }

  /** Writes a call. It is in the file when this returns, so that the process may die, and on the disk soon after. */
  add(call: ArrivedCall): void {
    const { body } = call
    const type = typeOf(call.operation)
    if (type === undefined || !isRecord(body) || this.#isEnded) return
    // An empty header is none.
    const id = call.id || undefined
    const event = identityOf({ ...body, type, id })
    if (event !== undefined && this.#events.has(event)) return
    const line = lineOf({ type, id }, call.text)
    try {
      this.#write(Buffer.from(line))
    } catch (cause) {
      return this.#fail(cause)
    }
    if (event !== undefined) this.#events.add(event)
    this.#isBehind = this.#isOnDisk
    this.#syncing ??= this.#sync()
  }

  async close(): Promise<void> {
    this.#isEnded = true
    await this.#syncing
    await this.#file.close()
  }

  #fail(cause: unknown): void {
    this.#isEnded = true
    this.#reject(new Error(problemOf(this.#path, cause), { cause }))
  }

  /** Writes a line whole, or leaves nothing of it. */
  #write(line: Buffer): void {
    const before = this.#isOnDisk ? fstatSync(this.#file.fd).size : 0
    let written = 0
    try {
      while (written < line.length) written += writeSync(this.#file.fd, line, written)
    } catch (error) {
      if (this.#isOnDisk && written > 0) ftruncateSync(this.#file.fd, before)
      throw error
    }
  }

  /** Syncs until nothing has been written since: one call to the disk for all lines that came during the one before. */
  async #sync(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false
      await sync(this.#file.fd).catch((cause: unknown) => this.#fail(cause))
    }
    this.#syncing = undefined
  }
}

function typeOf(operation: string): string | undefined {
  return /^(identify|track)(?:Customer|Event)(?:InProduction)?$/.exec(operation)?.[1]
}

/** Identity of an event, if it has an id: another customer's of that id is another event. */
function identityOf({ type = 'track', id, customer_id: customerId }: Fields): string | undefined {
  return typeof id === 'string' ? JSON.stringify([type, id, customerId]) : undefined
}

/** The body as it was sent, to the last digit of its numbers, in one line. */
function lineOf(own: Fields, text: string): string {
  // A line break in JSON never stands in a text.
  const [, fields = ''] = /^\uFEFF?\s*\{\s*(.*)$/s.exec(text.replaceAll(/[\r\n]+/g, ' ').trimEnd()) ?? []
  return `${JSON.stringify(own).slice(0, -1)}${fields === '}' ? '' : ','}${fields}\n`
}

/** Reads which events are in the file. A last line that was cut off, as by a kill, is taken out. */
async function readEvents(file: FileHandle, size: number): Promise<Set<string>> {
  const events = new Set<string>()
  let last = ''
  for await (const line of file.readLines({ start: 0, autoClose: false })) {
    last = line
    const event = identityOf(fieldsOf(line) ?? {})
    if (event !== undefined) events.add(event)
  }
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer.toString() === '\n') return events
  if (fieldsOf(last) === undefined && last.startsWith('{')) await file.truncate(size - Buffer.byteLength(last))
  else await file.write('\n')
  return events
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(line: string): Fields | undefined {
  try {
    return Object(JSON.parse(line)) as Fields
  } catch {
    return undefined
  }
}

const problems: Record<string, string> = {
  ENOENT: 'cannot be made: its folder does not exist',
  EISDIR: 'is a directory: name a file',
  EACCES: 'cannot be written: its permissions forbid it',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'cannot be written any more: the disk is full',
}

function problemOf(path: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return `${path} ${problems[code] ?? `cannot be written: ${message}`}`
}
