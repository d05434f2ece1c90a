import { closeSync, openSync } from 'node:fs'
import type { TrackingError } from '@obsidianlaunch/events'
import { fileFailure } from '../terminal/failure.ts'
import { writeAll } from './write-all.ts'

export interface Reject {
  line: number
  reason: string
}

/** Number of rejects that are shown; more are only counted, and written to the file. */
const mostShown = 20

/** Collects bad lines: in a file, if one is wanted, and the first of them for the report. */
export class Rejects {
  readonly shown: Reject[] = []
  readonly #path: string | undefined
  readonly #fd: number | undefined
  #batch = ''

  constructor(path: string | undefined, keep: boolean) {
    this.#path = path
    try {
      this.#fd = path === undefined ? undefined : openSync(path, keep ? 'a' : 'w')
    } catch (error) {
      throw fileFailure(path ?? '', 'written', error)
    }
  }

  /** @param input the line as it was; undefined if it is not text */
  add(reject: Reject, input: string | undefined): void {
    if (this.shown.length < mostShown) this.shown.push(reject)
    if (this.#fd !== undefined) this.#batch += `${JSON.stringify({ ...reject, input })}\n`
  }

  /** @throws Failure where the disk does not take it */
  flush(): void {
    if (this.#fd === undefined || this.#batch === '') return
    const batch = this.#batch
    this.#batch = ''
    try {
      writeAll(this.#fd, batch)
    } catch (error) {
      throw fileFailure(this.#path ?? '', 'written', error)
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
  }
}

/** Statuses that tell of a fault of the line itself, and not of the token, the address or the server. */
const faultsOfLines = new Set([400, 409, 413, 422])

/** Tells an error of one line, after which the next ones are sent, from one that all lines would meet. */
export function isFaultOfLine(error: TrackingError): boolean {
  if (error.code === 'outbox') return error.problem === 'entry'
  return error.code === 'validation' || (error.code === 'api' && faultsOfLines.has(error.status))
}

/** Reason to show next to the number of a line: of a validation error the issues alone. */
export function reasonOf(error: TrackingError): string {
  if (error.code !== 'validation') return error.message
  return error.issues.map(({ path, reason }) => `${path} ${reason}`.trim()).join('; ')
}
