import { OutboxError } from '../errors/errors.ts'
import type { Timer, TrackerTime } from '../platform/timer.ts'

/** So long an outbox may take for what has to be answered before anything goes on. */
export const patienceMs = 120_000

/** A call that its outbox has not answered yet. Times are running time. */
interface OpenCall {
  readonly askedAt: number
  /** The moment at which it is given up. */
  readonly deadline: number
  readonly giveUp: () => void
}

/**
 * The calls that an outbox has not answered yet, the oldest first. An answer may never come: its connection is gone, or the
 * program behind it. By its deadline each call is given up, so that it can be asked again.
 */
export class OpenCalls {
  readonly #time: TrackerTime
  readonly #timer: Timer
  readonly #calls = new Set<OpenCall>()

  constructor(time: TrackerTime, timer: Timer) {
    this.#time = time
    this.#timer = timer
  }

  get size(): number {
    return this.#calls.size
  }

  /** The moment at which the oldest was made. */
  get oldestAt(): number {
    for (const { askedAt } of this.#calls) return askedAt
    return Infinity
  }

  /** The moment at which the next one is given up, in elapsed time. */
  get nextEnd(): number {
    let next = Infinity
    for (const { deadline } of this.#calls) next = Math.min(next, deadline)
    return this.#time.elapsedAt(next)
  }

  /** Waits for an answer: it is `heard`, or the call is `refused`. After `mostMs` it is, and what comes then is `late`. */
  wait<T, R, E>(
    method: string,
    answer: Promise<T>,
    mostMs: number,
    heard: (answer: T) => R,
    refused: (thrown: unknown, isUnanswered?: boolean) => E,
    late: (answer: T) => void,
  ): Promise<R | E> {
    const askedAt = this.#time.running()
    const giveUp = () =>
      refused(new OutboxError('io', `The outbox did not answer ${method}() within ${mostMs} ms.`), true)
    const call = { askedAt, deadline: askedAt + mostMs, giveUp }
    this.#calls.add(call)
    this.#timer.by(this.#time.elapsedAt(call.deadline))
    // What was given up has been refused, and nobody waits for this promise any more.
    return answer.then(
      (checked) => (this.#calls.delete(call) ? heard(checked) : (late(checked) as never)),
      (thrown: unknown) => (this.#calls.delete(call) ? refused(thrown) : (undefined as never)),
    )
  }

  /** Gives up those whose time is over. */
  tick(): void {
    if (this.#calls.size === 0) return
    const now = this.#time.running()
    for (const call of this.#calls) if (call.deadline <= now && this.#calls.delete(call)) call.giveUp()
  }
}
