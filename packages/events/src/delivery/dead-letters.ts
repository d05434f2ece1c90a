import type { DeliveryLoop } from './delivery-loop.ts'
import type { Endings } from './outcomes.ts'
import { CancelledError } from '../errors/errors.ts'
import type { Flushes } from './flush.ts'
import type { DeadLetter } from '../outbox/outbox.ts'
import type { OwedEvents } from './deadlines.ts'
import type { Store } from './outbox-client.ts'
import type { Waits } from './lifecycle.ts'

/** What people do with an outbox: look at what has died, send it again, erase a customer. */
export class Upkeep {
  readonly #store: Store
  readonly #owed: OwedEvents
  readonly #loop: DeliveryLoop
  readonly #endings: Endings
  readonly #flushes: Flushes
  readonly #waits: Waits

  constructor(store: Store, owed: OwedEvents, loop: DeliveryLoop, endings: Endings, flushes: Flushes, waits: Waits) {
    this.#store = store
    this.#owed = owed
    this.#loop = loop
    this.#endings = endings
    this.#flushes = flushes
    this.#waits = waits
  }

  async deadLetters(limit: number, afterId: string | undefined): Promise<readonly DeadLetter[]> {
    this.#waits.assertNotClosed()
    await this.#waits.open()
    this.#waits.assertNotClosed()
    return this.#waits.bound(this.#store.dead(limit, afterId))
  }

  async replay(ids: readonly string[]): Promise<number> {
    this.#waits.assertNotClosed()
    await this.#waits.open()
    this.#waits.assertNotClosed()
    return this.#waits.bound(
      this.#store.replay(ids).then((revived) => {
        if (this.#isCounted) this.#endings.books.revive(revived)
        this.#flushes.changed(revived)
        this.#loop.pumpSoon()
        return revived
      }),
    )
  }

  async forget(customerId: string): Promise<number> {
    this.#waits.assertNotClosed()
    // What is tracked from now on is none of what is erased.
    const { places } = this.#owed
    const forget = () => this.#waits.bound(this.#forget(customerId, places))
    return this.#store.isOpened || !this.#store.durable ? forget() : this.#waits.open().then(forget)
  }

  /** Tells whether what the outbox holds was counted: a tracker that is not enabled never opens it. */
  get #isCounted(): boolean {
    return this.#store.isOpened || !this.#store.durable
  }

  async #forget(customerId: string, places: number): Promise<number> {
    let [held, stored] = [0, 0]
    // In the very turn in which they are gone from the outbox: an answer that is on its way must find them ended.
    const end = () => {
      for (const event of this.#loop.knownOf(customerId, places)) {
        // One that was lent by its id before it was stored stands for what the outbox had.
        if (event.keeping === 'held' && event.attempts === 0) held++
        else stored++
        const message = 'The customer was forgotten: the event is not sent any more.'
        const error = new CancelledError(message, event.attempts > 0, undefined)
        this.#loop.end(event, () => this.#endings.dropped(event, error))
      }
    }
    const { pending, dead, unrecorded } = await this.#store.forget(customerId, end)
    // And what nobody here waited for, if it was ever counted.
    if (this.#isCounted) {
      const unknown = Math.max(0, pending - stored - unrecorded)
      this.#endings.books.erase(unknown, dead)
      this.#flushes.changed(-unknown)
    }
    this.#loop.pumpSoon()
    return pending + dead + held
  }
}
