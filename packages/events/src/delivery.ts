import type { EventTrackingError } from './errors.ts'

/** What is known of an event that was delivered. */
export interface Receipt {
  /** The event's id, the same in every attempt. */
  id: string
  /** The status of the answer; 0 where nothing was sent (`skipped`). */
  status: number
  /** How many attempts it took. */
  attempts: number
  /** The answer: parsed where it is JSON, else as text, undefined where it was empty. */
  data: unknown
  /** When the call was made. */
  acceptedAt: Date
  /** When the answer came. */
  deliveredAt: Date
  /** The answer's `X-Request-Id`, where it has one. */
  requestId?: string
  /** True where nothing was sent, because the tracker is not `enabled`. */
  skipped?: true
}

/** How a delivery ended, as a value. */
export type Settlement =
  | { outcome: 'delivered' | 'dropped'; receipt: Receipt }
  | { outcome: 'rejected' | 'dropped'; error: EventTrackingError }

/** Ends a delivery. Not a method: whoever holds a delivery may wait for it, not end it. */
export let settle: (delivery: Delivery, settlement: Settlement) => void
/** Whether anybody has asked how it ended. */
export let wasAsked: (delivery: Delivery) => boolean

/**
 * What a tracking call returns at once. Await it for the receipt, or leave it alone: it is delivered all the same.
 *
 * It takes the place of a `Promise<Receipt>` anywhere, costs no promise until somebody asks, and never becomes an
 * unhandled rejection while nobody has asked.
 *
 * @example
 * const receipt = await tracker.trackEvent('user123', 'button_click')
 */
export class Delivery implements Promise<Receipt> {
  /** The event's id: it travels as `Idempotency-Key` with every attempt. */
  readonly id: string
  readonly [Symbol.toStringTag]: string = 'Delivery'
  #settlement: Settlement | undefined
  #asked: Promise<Settlement> | undefined
  #tell: ((settlement: Settlement) => void) | undefined

  constructor(id: string) {
    this.id = id
    // The tag is not worth showing wherever a delivery is inspected.
    Object.defineProperty(this, Symbol.toStringTag, { enumerable: false })
  }

  /** @throws (as the promise's rejection) an {@link EventTrackingError} that says what failed and what to do */
  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is what it is for
  then<A = Receipt, B = never>(
    onDelivered?: ((receipt: Receipt) => A | PromiseLike<A>) | null,
    onFailed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.settled().then(receiptOf).then(onDelivered, onFailed)
  }

  catch<B = never>(onFailed?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Receipt | B> {
    return this.then(undefined, onFailed)
  }

  finally(onSettled?: (() => void) | null): Promise<Receipt> {
    return this.settled().then(receiptOf).finally(onSettled)
  }

  /** Waits for the end, whatever it is: a promise that never rejects. */
  settled(): Promise<Settlement> {
    this.#asked ??=
      this.#settlement === undefined
        ? new Promise((resolve) => (this.#tell = resolve))
        : Promise.resolve(this.#settlement)
    return this.#asked
  }

  toJSON(): { id: string; state: string } {
    return { id: this.id, state: this.#settlement?.outcome ?? 'pending' }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Delivery { id: '${this.id}', state: '${this.toJSON().state}' }`
  }

  static {
    settle = (delivery, settlement) => {
      delivery.#settlement ??= settlement
      delivery.#tell?.(settlement)
    }
    wasAsked = (delivery) => delivery.#asked !== undefined
  }
}

function receiptOf(settlement: Settlement): Receipt {
  if ('error' in settlement) throw settlement.error
  return settlement.receipt
}
