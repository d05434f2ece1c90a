import type { DeliveryLoop } from './delivery-loop.ts'
import { type Delivery, settle } from './delivery.ts'
import type { Endings } from './outcomes.ts'
import { asKept, CancelledError } from '../errors/errors.ts'
import type { OwedEvent, Repeat } from './pending-event.ts'
import { Signals } from './signals.ts'

const messages = {
  unsent: 'Cancelled by its signal: the event was not sent.',
  'perhaps sent':
    'Cancelled by its signal: the event is not sent again, but an attempt without an answer may have arrived.',
  owed: 'The wait was cancelled by its signal, not the event: that is still on its way.',
}

export function cancelled(signal: AbortSignal, state: keyof typeof messages, mayHaveArrived = false): CancelledError {
  return new CancelledError(messages[state], mayHaveArrived, signal.reason)
}

/** What a signal ends: an event while it waits, and only the wait for it while it is in flight. */
export class Cancellations {
  readonly #loop: DeliveryLoop
  readonly #endings: Endings
  readonly #signals = new Signals()

  constructor(loop: DeliveryLoop, endings: Endings) {
    this.#loop = loop
    this.#endings = endings
  }

  watch(event: OwedEvent): void {
    const { delivery, options } = event
    const { signal } = options
    if (signal === undefined) return
    this.#signals.watch(signal, delivery, () => {
      const { mayHaveArrived } = event
      const error = cancelled(signal, mayHaveArrived ? 'perhaps sent' : 'unsent', mayHaveArrived)
      const drop = () => this.#endings.dropped(event, error)
      this.#loop.remove(event, drop, () => this.#endWait(event, delivery, signal))
    })
  }

  /** A repeated call did not make the event, so its signal ends its own wait alone. */
  watchRepeat(event: OwedEvent, { delivery, options: { signal } }: Repeat): void {
    if (signal === undefined) return
    const end = () => this.#endWait(event, delivery, signal)
    if (signal.aborted) end()
    else this.#signals.watch(signal, delivery, end)
  }

  /** The event has ended: its signals concern it no more. */
  forget({ delivery, options, repeats = [] }: OwedEvent): void {
    for (const call of [{ delivery, options }, ...repeats]) {
      if (call.options.signal) this.#signals.forget(call.options.signal, call.delivery)
    }
  }

  #endWait(event: OwedEvent, delivery: Delivery, signal: AbortSignal): void {
    this.#signals.forget(signal, delivery)
    const mayHaveArrived = event.mayHaveArrived || event.isInFlight
    const error = cancelled(signal, 'owed', mayHaveArrived)
    settle(delivery, { outcome: 'pending', error: event.isStored ? asKept(error) : error })
  }
}
