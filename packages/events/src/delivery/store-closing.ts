import type { Time } from '../platform/clock.ts'
import { soon } from '../platform/platform.ts'
import type { Store } from './outbox-client.ts'

/** The time that an outbox may take to close where no deadline is nearer. */
const longestCloseMs = 5_000
/** Turns of the event loop that it has after the deadline: a file needs a few, and is to be given up cleanly. */
const turnsToClose = 20

/** The end of a durable outbox. One that does not answer keeps nobody from closing: it is left to itself. */
export class StoreClosing {
  readonly #store: Store
  readonly #time: Time
  #deadline = Infinity
  #giveUp: (() => void) | undefined
  #timer: unknown

  constructor(store: Store, time: Time) {
    this.#store = store
    this.#time = time
  }

  async close(): Promise<void> {
    const closing = this.#store.close()
    await new Promise<void>((end) => {
      this.#giveUp = end
      void closing.then(end)
      this.endBy(this.#time.elapsed() + longestCloseMs)
    })
    this.#giveUp = undefined
    this.#clear()
  }

  /** It must have ended by then, in elapsed milliseconds: the nearest deadline counts. */
  endBy(deadline: number): void {
    this.#deadline = Math.min(this.#deadline, deadline)
    const giveUp = this.#giveUp
    if (giveUp === undefined) return
    this.#clear()
    const leftMs = this.#deadline - this.#time.elapsed()
    if (leftMs > 0) this.#timer = this.#time.setTimeout(giveUp, leftMs)
    else void turns(turnsToClose).then(giveUp)
  }

  #clear(): void {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>(soon)
}
