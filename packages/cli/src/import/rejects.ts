import { closeSync, constants, fstatSync, ftruncateSync, readSync } from 'node:fs'
import type { TrackingError } from '@obsidianlaunch/events'
import { fileFailure } from '../terminal/failure.ts'
import { numberIn } from '../terminal/pipes.ts'
import type { Shell } from '../terminal/shell.ts'
import { json } from '../terminal/text.ts'
import { openOwn, Syncing } from './files.ts'
import { writeAll } from './write-all.ts'

export interface Reject {
  line: number
  reason: string
}

/** Number of rejects that are shown; more are only counted, and written to the file. */
const mostShown = 20
/** Characters that may gather while the disk is busy. */
const mostCharacters = 4 * 1024 * 1024

/** Place that rejects are written to. */
interface Target {
  write(text: string): void
  syncing?: Syncing
  close?(): void
}

/** Collects bad lines: in a file, if one is wanted, and the first of them for the report. */
export class Rejects {
  readonly shown: Reject[] = []
  /** True if standard output has them. */
  readonly isOnOutput: boolean
  readonly #shell: Shell
  readonly #path: string | undefined
  readonly #target: Target | undefined
  #batch = ''

  constructor(shell: Shell, path: string | undefined, keep: boolean) {
    this.#shell = shell
    this.#path = path
    this.isOnOutput = path !== undefined && isOutput(path)
    try {
      this.#target = path === undefined ? undefined : openTarget(shell, path, keep)
    } catch (error) {
      throw fileFailure(path ?? '', 'written', error)
    }
  }

  /** @param input the line as it was; undefined if it is not text */
  add(reject: Reject, input: string | undefined): void {
    if (this.shown.length < mostShown) this.shown.push(reject)
    if (this.#target === undefined) return
    // Standard output has a type in each object.
    const type = this.isOnOutput && this.#shell.options.json ? { type: 'reject' } : {}
    this.#batch += `${json({ ...type, ...reject, input })}\n`
  }

  /** True if there are some that are not written yet. */
  get isDue(): boolean {
    return this.#batch !== ''
  }

  /** True if no more should gather. */
  get isFull(): boolean {
    return this.#batch.length > mostCharacters
  }

  /** Brings what is due to the disk. @throws Failure where the disk does not take it */
  async flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = ''
    try {
      this.#target?.write(batch)
      await this.#target?.syncing?.sync()
    } catch (error) {
      throw fileFailure(this.#path ?? '', 'written', error)
    }
  }

  close(): void {
    this.#target?.close?.()
  }
}

function isOutput(path: string): boolean {
  return path === '-' || path === '/dev/stdout' || numberIn(path) === 1
}

function openTarget(shell: Shell, path: string, keep: boolean): Target {
  if (isOutput(path)) return { write: (text) => shell.out.write(text) }
  if (path === '/dev/stderr' || numberIn(path) === 2) return { write: (text) => shell.err.write(text) }
  const passed = numberIn(path)
  // One that the shell has opened, as it does for >(command).
  if (passed !== undefined) return { write: (text) => writeAll(passed, text) }
  const { fd, isFile } = openOwn(path, keep ? constants.O_RDWR : constants.O_WRONLY | constants.O_TRUNC)
  if (keep && isFile) cutHalfLine(fd)
  const close = () => closeSync(fd)
  return { write: (text) => writeAll(fd, text), close, ...(isFile && { syncing: new Syncing(fd) }) }
}

/** Takes away the half of a line that a crash has left, which would spoil the next one: its reject comes again. */
function cutHalfLine(fd: number): void {
  const block = Buffer.alloc(64 * 1024)
  let end = fstatSync(fd).size
  for (let lineFeed = -1; end > 0 && lineFeed === -1;) {
    const from = Math.max(0, end - block.length)
    lineFeed = block.subarray(0, readSync(fd, block, 0, end - from, from)).lastIndexOf(10)
    end = from + lineFeed + 1
  }
  ftruncateSync(fd, end)
}

/** Statuses that tell of a fault of the line itself, and not of the token, the address or the server. */
const faultsOfLines = new Set([400, 409, 413, 422])

/** Tells an error of one line, after which the next ones are sent, from one that all lines would meet. */
export function isFaultOfLine(error: TrackingError): boolean {
  if (error.code === 'outbox') return error.problem === 'entry'
  return error.code === 'validation' || (error.code === 'api' && faultsOfLines.has(error.status))
}

/** Advice about a value, by the reason for which it is refused. */
const advice: Record<string, string> = {
  'must be string': 'write it as text, in quotes',
  'must be object': 'write an object, such as {"path":"/"}',
  'must not be empty': 'fill it in, or take the line out',
  'is on its way, or was delivered, with other data':
    'take the line out, or give its event another id. The same fields in another order count as other data',
}

/** Reason to show next to the number of a line: of a validation error the issues alone, with how to mend them. */
export function reasonOf(error: TrackingError): string {
  if (error.code !== 'validation') return error.text
  const said = error.issues.map(({ path, reason }) => [`${path} ${reason}`.trim(), advice[reason]])
  return said.map(([reason, mend]) => (mend === undefined ? reason : `${reason}: ${mend}`)).join('; ')
}
