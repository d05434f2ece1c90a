import type { DeliveryLoop } from './delivery-loop.ts'
import type { Endings } from './endings.ts'
import { CancelledError } from './errors.ts'
import type { DeadLetter } from './outbox.ts'
import type { Store } from './store.ts'
import type { Waits } from './waits.ts'

/** What people do with an outbox: look at what has died, send it again, erase a customer. */
export class Upkeep {
  readonly #store: Store
  readonly #loop: DeliveryLoop
  readonly #endings: Endings
  readonly #waits: Waits

  constructor(store: Store, loop: DeliveryLoop, endings: Endings, waits: Waits) {
    this.#store = store
    this.#loop = loop
    this.#endings = endings
    this.#waits = waits
  }

  async deadLetters(limit: number, afterId: string | undefined): Promise<readonly DeadLetter[]> {
    await this.#waits.start()
    return this.#store.dead(limit, afterId)
  }

  async replay(ids: readonly string[]): Promise<number> {
    await this.#waits.start()
    const revived = await this.#store.replay(ids)
    this.#endings.books.revive(revived)
    this.#loop.pumpSoon()
    return revived
  }

  async forget(customerId: string): Promise<number> {
    await this.#waits.start()
    const { books } = this.#endings
    const erasing = this.#store.forget(customerId)
    // Asked in the same turn, so that nothing comes between.
    const counting = this.#store.counts()
    const erased = await erasing
    let known = 0
    this.#loop.forget(customerId, (event) => {
      known++
      const message = 'The customer was forgotten: the event is not sent any more.'
      this.#endings.dropped(event, new CancelledError(message, event.attempts > 0, undefined))
    })
    const deadLetters = books.report().dead - (await counting).dead
    books.erase(Math.max(0, erased - known - deadLetters), deadLetters)
    return erased
  }
}
