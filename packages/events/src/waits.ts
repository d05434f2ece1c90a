import type { Report } from './books.ts'
import { longestTimeoutMs, type Time } from './clock.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import type { Endings } from './endings.ts'
import { asKept, ClosedError } from './errors.ts'
import type { Flushes } from './flushes.ts'
import type { Notices } from './notices.ts'
import type { OwedEvents } from './owed-events.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import { timeoutOf, type WaitOptions } from './wait-options.ts'

interface Parts {
  settings: Settings
  time: Time
  owed: OwedEvents
  flushes: Flushes
  notices: Notices
  endings: Endings
  store: Store
  loop: DeliveryLoop
}

/** Waiting for what is owed: at a flush, at the end of the tracker, and at the end of a request. */
export class Waits {
  readonly #parts: Parts
  #closing: Promise<Report> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get isClosing(): boolean {
    return this.#closing !== undefined
  }

  /** Goes on with what a durable outbox holds. @returns the books then */
  async start(): Promise<Report> {
    const { settings, store, loop, endings } = this.#parts
    if (settings.enabled && !this.#closing) await store.open(() => loop.pumpSoon())
    return endings.books.report()
  }

  async flush(options: WaitOptions): Promise<Report> {
    await this.#settled(options)
    return this.#parts.endings.books.report()
  }

  shutdown(options: WaitOptions): Promise<Report> {
    // A later call may have an earlier deadline: whichever comes first ends the wait of both.
    const closed = this.#settled(options).then(() => this.#close())
    this.#closing ??= closed
    return this.#closing
  }

  /** Where the run time stops when it has answered, it is asked to wait until nothing is owed. */
  keepAlive(): void {
    const { settings, notices } = this.#parts
    const { waitUntil } = settings.seams
    if (waitUntil === undefined) return
    try {
      waitUntil(this.#untilIdle())
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown)
      notices.misuse(`waitUntil failed (${why}); give it as (promise) => context.waitUntil(promise).`)
    }
  }

  async #untilIdle(): Promise<void> {
    const { owed, flushes } = this.#parts
    while (owed.size > 0) await flushes.wait(owed.places, owed.size, Infinity)
  }

  async #settled(options: WaitOptions): Promise<void> {
    const { time, owed, flushes, notices, endings, store, loop } = this.#parts
    const deadline = time.elapsed() + timeoutOf(options, (problem) => notices.misuse(problem))
    const { places } = owed
    // What a durable outbox holds counts too, and is known when it is open.
    if (store.durable) await this.#startBy(deadline)
    const left = endings.books.report().pending - (owed.places - places)
    if (left <= 0) return
    loop.wakeAt(deadline)
    await flushes.wait(places, left, deadline)
  }

  /** A file may have to be waited for, until the process that owns it ends. */
  #startBy(deadline: number): Promise<void> {
    const { time } = this.#parts
    const delayMs = Math.min(Math.max(0, deadline - time.elapsed()), longestTimeoutMs)
    return new Promise((resolve) => {
      const handle = time.setTimeout(resolve, delayMs)
      void this.start().then(() => {
        time.clearTimeout(handle)
        resolve()
      })
    })
  }

  async #close(): Promise<Report> {
    const { endings, loop, owed } = this.#parts
    for (const event of await loop.stop()) {
      const error = new ClosedError('The tracker was shut down before the event was delivered.')
      if (event.isStored) {
        owed.delete(event)
        endings.endWait(event, asKept(error))
      } else loop.end(event, () => endings.dropped(event, error))
    }
    return endings.books.report()
  }
}
