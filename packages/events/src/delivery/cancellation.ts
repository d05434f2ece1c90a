import { asKept, CancelledError } from '../errors/errors.ts'
import type { DeliveryLine } from './delivery-line.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import { type Delivery, settle } from './delivery.ts'
import type { PendingEvent, Repeat } from './pending-event.ts'
import type { Signals } from './signals.ts'

const messages = {
  unsent: 'Cancelled by its signal: the event was not sent.',
  'perhaps sent':
    'Cancelled by its signal: the event is not sent again, but an attempt without an answer may have arrived.',
  pending: 'The delivery was cancelled by its signal, and not the event: that is still on its way.',
}

export function cancelled(signal: AbortSignal, state: keyof typeof messages, mayHaveArrived = false): CancelledError {
  return new CancelledError(messages[state], mayHaveArrived, signal.reason)
}

/** Ends what a signal ends: an event while it is queued in memory, and only the wait for it once it is on its way or stored. */
export class Cancellation {
  readonly #line: DeliveryLine
  readonly #loop: DeliveryLoop
  readonly #signals: Signals

  constructor(line: DeliveryLine, loop: DeliveryLoop, signals: Signals) {
    this.#line = line
    this.#loop = loop
    this.#signals = signals
  }

  watch(event: PendingEvent, signal: AbortSignal): void {
    const { delivery } = event
    this.#signals.watch(signal, delivery, () => {
      const { mayHaveArrived } = event
      const error = cancelled(signal, mayHaveArrived ? 'perhaps sent' : 'unsent', mayHaveArrived)
      this.#line.remove(event, (isRemoved) => {
        if (isRemoved) this.#loop.drop(event, error)
        else this.#endWait(event, delivery, signal)
      })
    })
  }

  /** A repeated call did not make the event, so its signal ends its own wait alone. */
  watchRepeat(event: PendingEvent, { delivery, options: { signal } }: Repeat): void {
    if (signal === undefined) return
    const end = () => this.#endWait(event, delivery, signal)
    if (signal.aborted) end()
    else this.#signals.watch(signal, delivery, end)
  }

  #endWait(event: PendingEvent, delivery: Delivery, signal: AbortSignal): void {
    this.#signals.forgetCall(signal, delivery)
    const mayHaveArrived = event.mayHaveArrived || event.isInFlight
    const error = cancelled(signal, 'pending', mayHaveArrived)
    settle(delivery, { outcome: 'pending', error: event.isStored ? asKept(error) : error })
  }
}
