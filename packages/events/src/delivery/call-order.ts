import type { OwedEvent } from './pending-event.ts'

/** Ended events that may stand among the others before they are let go of. */
const mostEnded = 64

/** The owed events in the order of their calls, for a queue that drops the oldest. */
export class CallOrder {
  #events: OwedEvent[] = []
  /** Those before it have ended. */
  #start = 0

  /** @param owed how many of all are owed */
  add(event: OwedEvent, owed: number): void {
    this.#events.push(event)
    if (this.#events.length - owed <= Math.max(mostEnded, owed)) return
    this.#events = this.#events.filter(({ isAwaited }) => isAwaited)
    this.#start = 0
  }

  /** Events that wait their turn or their retry, the oldest first. */
  *waiting(): Generator<OwedEvent, void, undefined> {
    for (let at = this.#firstWaiting(); at < this.#events.length; at++) {
      const event = this.#events[at] as OwedEvent
      if (event.isAwaited && !event.isInFlight) yield event
    }
  }

  /** The place of the first that waits. What is in flight moves up to it: nobody passes the ended ones again. */
  #firstWaiting(): number {
    const inFlight: OwedEvent[] = []
    let at = this.#start
    for (; at < this.#events.length; at++) {
      const event = this.#events[at] as OwedEvent
      if (!event.isAwaited) continue
      if (!event.isInFlight) break
      inFlight.push(event)
    }
    this.#start = at - inFlight.length
    for (const [index, event] of inFlight.entries()) this.#events[this.#start + index] = event
    return at
  }
}
