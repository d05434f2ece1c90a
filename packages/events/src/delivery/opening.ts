import type { TrackingError } from '../errors/tracking-error.ts'
import type { Settings } from '../options/settings.ts'
import { areEnds } from '../outbox/answers.ts'
import type { TrackerTime } from '../platform/timer.ts'
import type { Append } from './append.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import { closedError } from './failure.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import type { Promises } from './promises.ts'

export type OpeningState = 'unopened' | 'opening' | 'open' | 'failed'

/**
 * The opening of a durable outbox. It starts with the first event, and whoever waits for it is told by a deadline.
 *
 * | state    | what happens                                      | next    |
 * |----------|---------------------------------------------------|---------|
 * | unopened | an event, `start`, or somebody who needs it       | opening |
 * | opening  | it tells what it holds                            | open    |
 * | opening  | it fails for good: what waits for it is refused   | failed  |
 * | failed   | the next event, `start`, or somebody who needs it | opening |
 */
export class Opening {
  readonly #settings: Settings
  readonly #time: TrackerTime
  readonly #outbox: OutboxClient
  readonly #loop: DeliveryLoop
  readonly #append: Append
  readonly #outcomes: Outcomes
  readonly #promises: Promises
  #state: OpeningState = 'unopened'
  #work: Promise<void> = Promise.resolve()
  #hasClosed = false

  constructor(
    settings: Settings,
    time: TrackerTime,
    outbox: OutboxClient,
    loop: DeliveryLoop,
    append: Append,
    outcomes: Outcomes,
    promises: Promises,
  ) {
    this.#settings = settings
    this.#time = time
    this.#outbox = outbox
    this.#loop = loop
    this.#append = append
    this.#outcomes = outcomes
    this.#promises = promises
  }

  /** One in memory is always open. */
  get state(): OpeningState {
    return this.#outbox.durable ? this.#state : 'open'
  }

  /** Tells whether there is an outbox that has to be opened, and was not. */
  get isMissing(): boolean {
    return this.#outbox.durable && this.#settings.enabled && this.#state !== 'open'
  }

  /** Tells whether the last try has failed. */
  get hasFailed(): boolean {
    return this.#state === 'failed'
  }

  /** Tells whether what the outbox holds was counted: a tracker that is not enabled never opens it. */
  get isCounted(): boolean {
    return !this.#outbox.durable || this.#state === 'open'
  }

  /** Begins to open a durable outbox, for what has a deadline of its own: an event, a flush, a shutdown. */
  begin(): void {
    if (!this.isMissing || this.#hasClosed || this.#state === 'opening') return
    this.#state = 'opening'
    this.#work = this.#open()
  }

  /** Opens a durable outbox. @throws (as the promise's rejection) where that takes too long */
  async open(): Promise<void> {
    if (!this.isMissing || this.#hasClosed) return
    this.begin()
    await this.bound(this.#work)
  }

  /** Bounds an answer of the outbox: an error comes where it takes too long, or the tracker has closed. */
  bound<T>(work: Promise<T>): Promise<T> {
    const deadline = this.#time.running() + this.#settings.maxDeliveryMs
    const bounded = this.#promises.bound(work, deadline)
    this.#loop.wakeAt(this.#time.elapsedAt(deadline))
    const moveOn = () => this.#loop.moveOn()
    bounded.then(moveOn, moveOn)
    return bounded
  }

  /** Tells whether the tracker has closed. */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  /** Nothing is opened any more. */
  close(): void {
    this.#hasClosed = true
  }

  /** @throws ClosedError once the tracker has closed */
  assertNotClosed(): void {
    if (this.#hasClosed) throw closedError()
  }

  /** Hears what other owners of the outbox do. @returns whether there may be some */
  #watch(): boolean {
    const { outbox } = this.#settings.seams
    if (outbox?.watch === undefined) return false
    outbox.watch({
      due: () => this.#loop.pumpSoon(),
      ended: (told) => {
        const ends = areEnds(told)
        if (!this.#hasClosed) this.#loop.hear(ends)
      },
    })
    return true
  }

  /** Resolves also where it cannot be opened: each call that needs it is told by itself. */
  async #open(): Promise<void> {
    try {
      const isShared = this.#watch()
      const counts = await this.#outbox.counts()
      this.#state = 'open'
      // What several share is counted where it ends.
      if (!isShared) this.#outcomes.ledger.found(counts)
      this.#outcomes.ledger.isShared = isShared
      this.#promises.opened(isShared ? 0 : counts.pending)
      this.#loop.open()
      this.#append.open()
    } catch (thrown) {
      const error = thrown as TrackingError
      this.#state = 'failed'
      this.#promises.opened(0)
      this.#outbox.troubled('counts', error)
      for (const event of this.#append.abandon()) this.#append.refuse(event, error)
      this.#loop.moveOn()
    }
  }
}
