import { closeSync, openSync } from 'node:fs'
import { fileFailure } from '../terminal/failure.ts'
import { writeAll } from './write-all.ts'

export interface Reject {
  line: number
  reason: string
}

/** More than these are only counted, and written to the file. */
const mostShown = 20

/** Where bad lines go: a file, if one is wanted, and the first of them to the report. */
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

  /** @param input the line as it was; undefined where it is no text */
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
