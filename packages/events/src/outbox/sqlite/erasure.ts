import { startTimer, stopTimer } from '../../platform/platform.ts'

const firstPauseMs = 20
const longestPauseMs = 2_000

/** Empties the write-ahead log, in which what was erased still stands, as soon as those who read the file allow it. */
export class LogErasure {
  readonly #emptyLog: () => boolean
  #timer: unknown

  /** @param emptyLog tells whether the log is empty now; it neither waits nor throws */
  constructor(emptyLog: () => boolean) {
    this.#emptyLog = emptyLog
  }

  start(): void {
    this.stop()
    this.#try(firstPauseMs)
  }

  stop(): void {
    if (this.#timer !== undefined) stopTimer(this.#timer)
  }

  #try(pauseMs: number): void {
    if (this.#emptyLog()) return
    this.#timer = startTimer(() => this.#try(Math.min(2 * pauseMs, longestPauseMs)), pauseMs)
    // An idle tracker holds no process. The next owner goes on with it.
    ;(this.#timer as { unref?: () => void }).unref?.()
  }
}
