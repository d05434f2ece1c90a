import { shown } from '../platform/shown.ts'
import { BoundedCalls } from './bounded-calls.ts'
import type { Report } from './report.ts'
import type { Time } from '../platform/clock.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import type { Endings } from './outcomes.ts'
import { asKept, ClosedError, TimeoutError } from '../errors/errors.ts'
import type { Flushes } from './flush.ts'
import type { Notices } from './hooks.ts'
import type { OwedEvents } from './deadlines.ts'
import type { Settings } from '../options/settings.ts'
import type { Store } from './outbox-client.ts'
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

/**
 * Waiting for what is owed, and the life of a tracker. Whoever waits is told by a deadline, in every state.
 *
 * | state   | what happens                                            | next    |
 * |---------|---------------------------------------------------------|---------|
 * | open    | `shutdown` is called                                    | closing |
 * | closing | nothing is owed any more, or the earliest deadline came | closed  |
 */
export class Waits {
  readonly #parts: Parts
  readonly #calls = new BoundedCalls()
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** A try of the store, and the wait for it. */
  #opening: { readonly work: Promise<void>; readonly bounded: Promise<void> } | undefined
  #closing: Promise<Report> | undefined
  /** The end of the wait of all shutdowns. */
  #end: { deadline: number } | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Tells whether nothing more is accepted. */
  get isClosing(): boolean {
    return this.#state !== 'open'
  }

  /** Tells whether somebody waits for what a deadline bounds. */
  get areWaiting(): boolean {
    return this.#parts.flushes.areWaiting || this.#calls.areWaiting
  }

  /** Goes on with what a durable outbox holds. @returns the books then */
  async start(): Promise<Report> {
    // Why it could not be opened is told to the hooks, and to each call that needs it.
    await this.open().catch(() => undefined)
    return this.#parts.endings.books.report()
  }

  /** Opens a durable outbox. @throws (as the promise's rejection) where that takes too long */
  open(): Promise<void> {
    const { settings, store } = this.#parts
    if (!settings.enabled || !store.durable || store.isOpened || this.#state === 'closed') return Promise.resolve()
    const work = store.open()
    if (this.#opening?.work !== work) {
      const opening = { work, bounded: this.bound(work).finally(() => this.#hasOpened(opening)) }
      this.#opening = opening
    }
    return this.#opening.bounded
  }

  /** An answer of the outbox, or an error when it has taken too long or the tracker has closed. */
  bound<T>(work: Promise<T>): Promise<T> {
    const { time, settings, loop } = this.#parts
    const deadline = time.elapsed() + settings.maxDeliveryMs
    const bounded = this.#calls.add(work, deadline)
    loop.wakeAt(deadline)
    const relax = () => loop.relax()
    bounded.then(relax, relax)
    return bounded
  }

  /** @throws ClosedError once the tracker has closed */
  assertNotClosed(): void {
    if (this.#state === 'closed') throw closed()
  }

  flush(options: WaitOptions | number): Promise<Report> {
    const { endings, notices, time } = this.#parts
    const timeoutMs = timeoutOf(options, (problem) => notices.misuse(problem))
    return this.#settled(time.elapsed() + timeoutMs).done.then(() => endings.books.report())
  }

  shutdown(options: WaitOptions | number): Promise<Report> {
    const { notices, time, loop, flushes } = this.#parts
    const deadline = time.elapsed() + timeoutOf(options, (problem) => notices.misuse(problem))
    if (this.#closing === undefined) {
      this.#state = 'closing'
      const { flush, done } = this.#settled(deadline)
      this.#end = flush
      this.#closing = done.then(() => this.#close())
    } else if (this.#state === 'closing' && this.#end && deadline < this.#end.deadline) {
      // Whichever deadline comes first ends the wait of all.
      this.#end.deadline = deadline
      flushes.tick(time.elapsed())
      loop.stopBy(deadline)
    }
    return this.#closing
  }

  /** Where the run time stops when it has answered, it is asked to wait until nothing is owed. */
  keepAlive(): void {
    const { settings, notices } = this.#parts
    const { waitUntil } = settings.seams
    if (waitUntil === undefined) return
    const failed = (thrown: unknown) =>
      notices.misuse(`waitUntil failed (${whyOf(thrown)}); give it as (promise) => context.waitUntil(promise).`)
    try {
      const answer: unknown = waitUntil(this.#untilIdle())
      // One that is async fails later, and must not end the process.
      if (typeof answer === 'object') Promise.resolve(answer).catch(failed)
    } catch (thrown) {
      failed(thrown)
    }
  }

  /** Ends the waits whose deadline has come. @returns the next one */
  tick(now: number): number {
    const { flushes, settings } = this.#parts
    const late = () =>
      new TimeoutError(`The outbox did not answer within ${settings.maxDeliveryMs} ms (maxDeliveryMs).`)
    return Math.min(flushes.tick(now), this.#calls.tick(now, late))
  }

  async #untilIdle(): Promise<void> {
    const { owed, flushes } = this.#parts
    while (owed.size > 0 && this.#state !== 'closed') await flushes.add(owed.places, owed.size, Infinity).done
  }

  /** Waits for a snapshot of what is owed now; what a durable outbox holds counts too, and is known when it is open. */
  #settled(deadline: number): { flush: { deadline: number }; done: Promise<void> } {
    const { owed, flushes, endings, store, loop, settings } = this.#parts
    // What could not be opened is tried again for the next event, and not for the sake of waiting.
    const mayOpen = !store.isOpened && !(store.cannotOpen && owed.size === 0)
    const isOpening = store.durable && settings.enabled && mayOpen
    const isIdle = this.#state === 'closed' || (!isOpening && store.durable && loop.isAtRest)
    const wait = flushes.add(owed.places, isIdle ? 0 : endings.books.report().pending, deadline, isOpening && !isIdle)
    if (!flushes.areWaiting) return wait
    if (isOpening) void this.open().catch(() => flushes.opened(0))
    loop.wakeAt(deadline)
    return wait
  }

  #hasOpened(opening: object): void {
    if (this.#opening === opening) this.#opening = undefined
  }

  async #close(): Promise<Report> {
    const { endings, loop, owed, flushes } = this.#parts
    for (const event of await loop.stop(this.#end?.deadline ?? Infinity)) {
      const error = new ClosedError('The tracker was shut down before the event was delivered.')
      if (event.isStored) {
        owed.delete(event)
        endings.endWait(event, asKept(error))
      } else loop.end(event, () => endings.dropped(event, error))
    }
    this.#state = 'closed'
    flushes.finish()
    this.#calls.end(closed)
    return endings.books.report()
  }
}

function closed(): ClosedError {
  return new ClosedError('The tracker was shut down: make a new one.')
}

function whyOf(thrown: unknown): string {
  try {
    return shown(String(thrown instanceof Error ? thrown.message : thrown))
  } catch {
    return 'by something that cannot be read'
  }
}
