import type { WorldProcess } from '../machine/process.ts'
import type { Verdict } from './verdict.ts'

/** Judges what a tracker asks of a run time that stops when it has answered: to wait while something is pending, no longer. */
export class KeepAliveJudge {
  readonly #verdict: Verdict
  /** Promises that the run time was asked to wait for, and has not seen the end of. */
  readonly #open = new Map<WorldProcess, number>()

  constructor(verdict: Verdict) {
    this.#verdict = verdict
  }

  /** The run time is asked to wait for `promise`. */
  asked(process: WorldProcess, promise: Promise<unknown>): void {
    this.#count(process, 1)
    promise.then(
      () => this.#count(process, -1),
      () => this.#verdict.broken('what a run time waits for never fails'),
    )
  }

  /** A call was made, and its event is pending. */
  judgeCall(process: WorldProcess): void {
    this.#verdict.expect(this.#of(process) > 0, 'the run time is asked to wait for what was tracked')
  }

  judgeRest(process: WorldProcess): void {
    const { pending } = process.tracker.stats()
    const isIdle = pending === 0 || process.hasClosed
    const details = () => `${process.name}, pending: ${pending}`
    this.#verdict.expect(!isIdle || this.#of(process) === 0, 'a run time is not kept from its end for nothing', details)
    const isOwed = process.path === undefined && pending > 0 && !process.hasClosed
    this.#verdict.expect(!isOwed || this.#of(process) > 0, 'the run time waits until nothing is pending', details)
  }

  #of(process: WorldProcess): number {
    return this.#open.get(process) ?? 0
  }

  #count(process: WorldProcess, by: number): void {
    this.#open.set(process, this.#of(process) + by)
  }
}
