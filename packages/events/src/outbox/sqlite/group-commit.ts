import { soon } from '../../platform/platform.ts'
import { pollWhileBusy } from './file-lock.ts'
import type { Store } from './store.ts'
import type { Outcome, Work } from './transaction.ts'

interface Call {
  readonly work: Work
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/** The most calls that one commit carries: more would hold the process up for too long at a time. */
const mostCalls = 1_000

/**
 * Gathers the calls of one turn of the event loop, so that they share one commit. Groups follow one another.
 *
 * | a call is | becomes  | when                                                                                    |
 * |-----------|----------|-----------------------------------------------------------------------------------------|
 * | –         | gathered | it is made                                                                              |
 * | gathered  | carried out | the turn ends, and the group before it; one more turn later where no call of it is to last |
 * | carried out | answered | its outcome is known                                                                  |
 * | carried out | gathered | another program holds the file: with those behind it, until it is given up            |
 * | gathered  | refused  | the file cannot be opened                                                               |
 */
export class GroupCommit {
  readonly #open: () => Promise<Store> | Store
  readonly #givenUp: AbortSignal
  #calls: Call[] = []
  #running: Promise<void> | undefined

  /**
   * @param open gives the file that carries calls out, and is waited for; where it fails, so do the calls
   * @param givenUp ends the wait for another program
   */
  constructor(open: () => Promise<Store> | Store, givenUp: AbortSignal) {
    this.#open = open
    this.#givenUp = givenUp
  }

  add<T>(work: Work): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => this.#calls.push({ work, resolve, reject }))
    this.#running ??= this.#run()
    return answer
  }

  /** Waits until everything is carried out that was added before. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#calls.length > 0) {
      await new Promise<void>(soon)
      // Those who would have a commit of their own right after it join one that nobody waits for.
      if (!this.#calls.some(({ work }) => work.lasts)) await new Promise<void>(soon)
      let calls: Call[] = []
      try {
        const opened = this.#open()
        const store = opened instanceof Promise ? await opened : opened
        calls = this.#calls.splice(0, mostCalls)
        resolveAll(calls, store.carryOut(worksOf(calls), true) ?? (await this.#carryOutLater(calls, store)))
      } catch (error) {
        for (const { reject } of [...calls, ...this.#calls.splice(0)]) reject(error)
      }
    }
    this.#running = undefined
  }

  /**
   * Tries a group again until it can be carried out, or the file is held for too long. Then all that was added meanwhile
   * ends with it: what is added again keeps its order.
   */
  async #carryOutLater(calls: Call[], store: Store): Promise<Outcome[]> {
    const works = worksOf(calls)
    const outcomes = await pollWhileBusy(() => store.carryOut(works, true), this.#givenUp)
    if (outcomes) return outcomes
    calls.push(...this.#calls.splice(0))
    return store.carryOut(worksOf(calls), false) as Outcome[]
  }
}

function worksOf(calls: readonly Call[]): Work[] {
  return calls.map(({ work }) => work)
}

/** Counts by hand: pairs of a call and its place would be an object more for each event. */
function resolveAll(calls: readonly Call[], outcomes: readonly Outcome[]): void {
  for (let at = 0; at < calls.length; at++) {
    const { resolve, reject } = calls[at] as Call
    const outcome = outcomes[at] as Outcome
    if ('error' in outcome) reject(outcome.error)
    else resolve(outcome.answer as never)
  }
}
