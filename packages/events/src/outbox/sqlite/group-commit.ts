import { soon } from '../../platform/platform.ts'
import { pollWhileBusy } from './file-lock.ts'
import type { Store } from './store.ts'
import type { Work } from './transaction.ts'

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
      try {
        const opened = this.#open()
        const store = opened instanceof Promise ? await opened : opened
        const held = carryOut(this.#calls.splice(0, mostCalls), store, true)
        if (held.length > 0) await this.#carryOutLater(held, store)
      } catch (error) {
        rejectAll(this.#calls.splice(0), error)
      }
    }
    this.#running = undefined
  }

  /**
   * Tries calls again until they can be carried out, or the file is held for too long. Then all that was added meanwhile
   * ends with them: what is added again keeps its order.
   */
  async #carryOutLater(calls: readonly Call[], store: Store): Promise<void> {
    let held = calls
    const areDone = (): true | undefined => {
      held = carryOut(held, store, true)
      return held.length === 0 || undefined
    }
    if (await pollWhileBusy(areDone, this.#givenUp)) return
    carryOut([...held, ...this.#calls.splice(0)], store, false)
  }
}

/** Carries calls out and answers them. @returns those that another program holds up, where they `mayWait` */
function carryOut(calls: readonly Call[], store: Store, mayWait: boolean): Call[] {
  const held: Call[] = []
  try {
    const outcomes = store.carryOut(
      calls.map(({ work }) => work),
      mayWait,
    )
    // Counted by hand: pairs of a call and its place would be an object more for each event.
    for (let at = 0; at < calls.length; at++) {
      const call = calls[at] as Call
      const outcome = outcomes[at]
      if (outcome === undefined) held.push(call)
      else if ('error' in outcome) call.reject(outcome.error)
      else call.resolve(outcome.answer as never)
    }
    return held
  } catch (error) {
    rejectAll(calls, error)
    return []
  }
}

function rejectAll(calls: readonly Call[], error: unknown): void {
  for (const { reject } of calls) reject(error)
}
