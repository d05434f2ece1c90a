import type { EventTrackingError } from '../errors/errors.ts'

interface BoundedCall {
  readonly deadline: number
  readonly fail: (error: EventTrackingError) => void
}

/** Calls of an outbox that somebody waits for: each is answered by a deadline, whatever the outbox does. */
export class BoundedCalls {
  readonly #waiting = new Set<BoundedCall>()

  /** @returns the answer of `work`, or the rejection by which it was given up */
  add<T>(work: Promise<T>, deadline: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = { deadline, fail: reject }
      this.#waiting.add(call)
      const end = () => this.#waiting.delete(call)
      work.finally(end).then(resolve, reject)
    })
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Gives up those whose deadline has come. @returns the next one */
  tick(now: number, late: () => EventTrackingError): number {
    let next = Infinity
    for (const call of this.#waiting) {
      if (call.deadline <= now) this.#fail(call, late())
      else next = Math.min(next, call.deadline)
    }
    return next
  }

  /** The tracker has closed. */
  end(closed: () => EventTrackingError): void {
    for (const call of this.#waiting) this.#fail(call, closed())
  }

  #fail(call: BoundedCall, error: EventTrackingError): void {
    this.#waiting.delete(call)
    call.fail(error)
  }
}
