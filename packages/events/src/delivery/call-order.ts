import type { PendingEvent } from './pending-event.ts'

/** Ended events that may stand among the others before they are let go of. */
const mostEnded = 64

/** The pending events in the order of their calls, for a queue that drops the oldest. */
export class CallOrder {
  #events: PendingEvent[] = []
  /** Those before it have ended. */
  #start = 0

  /** @param pending how many of all are pending */
  add(event: PendingEvent, pending: number): void {
    this.#events.push(event)
    if (this.#events.length - pending <= Math.max(mostEnded, pending)) return
    this.#events = this.#events.filter(({ isAwaited }) => isAwaited)
    this.#start = 0
  }

  /** Events that wait their turn or their retry, the oldest first. */
  *waiting(): Generator<PendingEvent, void, undefined> {
    for (let at = this.#firstWaiting(); at < this.#events.length; at++) {
      const event = this.#events[at] as PendingEvent
      if (event.isAwaited && !event.isInFlight) yield event
    }
  }

  /** The place of the first that waits. What is in flight moves up to it: nobody passes the ended ones again. */
  #firstWaiting(): number {
    const inFlight: PendingEvent[] = []
    let at = this.#start
    for (; at < this.#events.length; at++) {
      const event = this.#events[at] as PendingEvent
      if (!event.isAwaited) continue
      if (!event.isInFlight) break
      inFlight.push(event)
    }
    this.#start = at - inFlight.length
    for (const [index, event] of inFlight.entries()) this.#events[this.#start + index] = event
    return at
  }
}
