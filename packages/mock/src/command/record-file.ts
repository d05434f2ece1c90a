import { type FileHandle, open } from 'node:fs/promises'
import { fdatasync, fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { ArrivedCall } from '../server/answer.ts'

const sync = promisify(fdatasync)

/**
 * File of `--record`: each identify and track that arrived, in order, as a line that `obsidian-events track --from` takes. A
 * retry, which has the id of the event, is no second line.
 */
export class RecordFile {
  /** Rejects with an error of one line when the file cannot be written any more. */
  readonly failed: Promise<never>
  readonly #path: string
  readonly #file: FileHandle
  /** Ids of the events in the file. */
  readonly #ids: Set<string>
  #reject: (error: Error) => void = () => undefined
  /** False for a pipe and the like, which nothing can sync. */
  readonly #isOnDisk: boolean
  #syncing: Promise<void> | undefined
  #isBehind = false
  #isEnded = false

  private constructor(path: string, file: FileHandle, ids: Set<string>) {
    this.#path = path
    this.#file = file
    this.#ids = ids
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
      if (append) return new RecordFile(path, file, await readIds(file, size))
      await file.close()
    } catch (cause) {
      throw new Error(problemOf(path, cause), { cause })
    }
    throw new Error(`${path} has something in it: name another file, or add to this one with --append`)
  }

  /** Writes a call. It is in the file when this returns, so that the process may die, and on the disk soon after. */
  add(call: ArrivedCall): void {
    const line = lineOf(call)
    if (line === undefined || this.#isEnded || (call.id !== undefined && this.#ids.has(call.id))) return
    try {
      this.#write(Buffer.from(line))
    } catch (cause) {
      return this.#fail(cause)
    }
    if (call.id !== undefined) this.#ids.add(call.id)
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

/** The body as it was sent, to the last digit of its numbers, in one line. */
function lineOf({ operation, id, text, body }: ArrivedCall): string | undefined {
  const type = /^(identify|track)(?:Customer|Event)(?:InProduction)?$/.exec(operation)?.[1]
  if (type === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  // A line break in JSON never stands in a text.
  const [, fields = ''] = /^\uFEFF?\s*\{\s*(.*)$/s.exec(text.replaceAll(/[\r\n]+/g, ' ').trimEnd()) ?? []
  const own = JSON.stringify({ type, ...(id !== undefined && { id }) }).slice(0, -1)
  return `${own}${fields === '}' ? '' : ','}${fields}\n`
}

/** Reads the ids of what is in the file. A last line that was cut off, as by a kill, is taken out. */
async function readIds(file: FileHandle, size: number): Promise<Set<string>> {
  const ids = new Set<string>()
  let last = ''
  for await (const line of file.readLines({ start: 0, autoClose: false })) {
    last = line
    const { id } = fieldsOf(line) ?? {}
    if (typeof id === 'string') ids.add(id)
  }
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer.toString() === '\n') return ids
  if (fieldsOf(last) === undefined && last.startsWith('{')) await file.truncate(size - Buffer.byteLength(last))
  else await file.write('\n')
  return ids
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>
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
