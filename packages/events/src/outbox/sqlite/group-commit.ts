import { soon } from '../../platform/platform.ts'
import { patiently } from './patience.ts'

/** How one call of a group ended. */
export type Outcome = { readonly answer: unknown } | { readonly error: unknown }

/**
 * Carries out the calls of one group, and tells how each ended. It does not throw. Where `mayWait`, it may answer undefined:
 * nothing was carried out, because somebody else holds the file, and the group is to be tried again.
 */
export type CarryOut<Work> = (works: readonly Work[], mayWait: boolean) => Outcome[] | undefined

interface Call<Work> {
  readonly work: Work
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/** What one commit carries: beyond it the process would be held up for too long at a time. */
const mostCalls = 1_000

/** Gathers the calls of one turn of the event loop, so that they share one commit. Groups follow one another. */
export class GroupCommit<Work> {
  readonly #ready: () => Promise<CarryOut<Work>> | CarryOut<Work>
  readonly #isWaitedFor: (work: Work) => boolean
  #calls: Call<Work>[] = []
  #running: Promise<void> | undefined

  /**
   * `ready` gives what carries a group out, and is waited for; where it fails, so do the calls. A group of calls that nobody
   * waits for, as `isWaitedFor` says, leaves one more turn to those who would have a commit of their own right after it.
   */
  constructor(
    ready: () => Promise<CarryOut<Work>> | CarryOut<Work>,
    isWaitedFor: (work: Work) => boolean = () => true,
  ) {
    this.#ready = ready
    this.#isWaitedFor = isWaitedFor
  }

  add<T>(work: Work): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => this.#calls.push({ work, resolve, reject }))
    this.#running ??= this.#run()
    return answer
  }

  /** Once everything is carried out that was added before. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#calls.length > 0) {
      await new Promise<void>(soon)
      if (!this.#calls.some(({ work }) => this.#isWaitedFor(work))) await new Promise<void>(soon)
      try {
        const ready = this.#ready()
        const carryOut = ready instanceof Promise ? await ready : ready
        const calls = this.#calls.splice(0, mostCalls)
        end(calls, carryOut(worksOf(calls), true) ?? (await this.#carryOutLater(calls, carryOut)))
      } catch (error) {
        for (const { reject } of this.#calls.splice(0)) reject(error)
      }
    }
    this.#running = undefined
  }

  /**
   * Tries a group again until it can be carried out, or the patience ends. Then all that was added meanwhile ends with it:
   * what is added again keeps its order.
   */
  async #carryOutLater(calls: Call<Work>[], carryOut: CarryOut<Work>): Promise<Outcome[]> {
    const works = worksOf(calls)
    const outcomes = await patiently(() => carryOut(works, true))
    if (outcomes) return outcomes
    calls.push(...this.#calls.splice(0))
    return carryOut(worksOf(calls), false) as Outcome[]
  }
}

function worksOf<Work>(calls: readonly Call<Work>[]): Work[] {
  return calls.map(({ work }) => work)
}

function end(calls: Call<unknown>[], outcomes: Outcome[]): void {
  for (const [index, { resolve, reject }] of calls.entries()) {
    const outcome = outcomes[index] as Outcome
    if ('error' in outcome) reject(outcome.error)
    else resolve(outcome.answer as never)
  }
}
