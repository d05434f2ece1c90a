import type { TrackingError } from '../errors/tracking-error.ts'
import type { Receipt } from '../event/receipt.ts'
import { ask, unnoted } from '../platform/platform.ts'

/**
 * The end of a delivery, as a value. `skipped`: nothing was sent, since the tracker is not `enabled` or `beforeSend` wanted
 * it so. `pending`: the waiting alone has ended, and the event is still to be sent.
 */
export type Settlement =
  | { outcome: 'delivered' | 'skipped'; receipt: Receipt }
  | { outcome: 'rejected' | 'dropped' | 'dead' | 'pending'; error: TrackingError }

/** Ends a delivery. Not a method: whoever holds a delivery may wait for it, not end it. */
export let settle: (delivery: Delivery, settlement: Settlement) => void
/** Tells a delivery that its event survives the process from now on. */
export let markStored: (delivery: Delivery) => void
/** Tells whether anybody has asked how it ended. */
export let wasAsked: (delivery: Delivery) => boolean

/**
 * The handle that a tracking call returns at once. Await it for the receipt, or leave it alone: it is delivered all the same.
 *
 * It takes the place of a `Promise<Receipt>` anywhere, costs no promise until somebody asks, and never becomes an
 * unhandled rejection while nobody has asked.
 *
 * @example
 * const receipt = await tracker.trackEvent('user123', 'button_click')
 */
export class Delivery implements Promise<Receipt> {
  #id: string | undefined
  #settlement: Settlement | undefined
  #asked: PromiseWithResolvers<Settlement> | undefined
  /** True, or whom to tell. */
  #stored: true | PromiseWithResolvers<void> | undefined

  constructor(id?: string) {
    this.#id = id
  }

  /** The event's id: it travels as `Idempotency-Key` with every attempt. */
  get id(): string {
    // Minted when it is first needed, which for most events is when they are sent: a call has not to wait for it.
    return (this.#id ??= mintId())
  }

  get [Symbol.toStringTag](): string {
    return 'Delivery'
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
    if (this.#asked === undefined) {
      this.#asked = promiseWithResolvers()
      if (this.#settlement !== undefined) this.#asked.resolve(this.#settlement)
    }
    return this.#asked.promise
  }

  /**
   * Resolves when the event cannot be lost any more, so that what caused it may be acknowledged: a durable outbox has it,
   * or, without one, the API.
   *
   * @throws (as the promise's rejection) why neither has it
   */
  get stored(): Promise<void> {
    if (this.#stored === undefined) {
      this.#stored = promiseWithResolvers()
      // Having been looked at is not having been waited for: only what is made of it can be an unhandled rejection.
      this.#stored.promise.catch(() => undefined)
      if (this.#settlement !== undefined) this.#tellStored(this.#settlement)
    }
    return this.#stored === true ? Promise.resolve() : this.#stored.promise
  }

  #tellStored(settlement: Settlement): void {
    if (this.#stored === undefined || this.#stored === true) return
    if ('error' in settlement) this.#stored.reject(settlement.error)
    else this.#stored.resolve()
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
      delivery.#asked?.resolve(settlement)
      delivery.#tellStored(settlement)
    }
    markStored = (delivery) => {
      if (delivery.#stored !== undefined && delivery.#stored !== true) delivery.#stored.resolve()
      delivery.#stored = true
    }
    wasAsked = (delivery) => delivery.#asked !== undefined
  }
}

function receiptOf(settlement: Settlement): Receipt {
  if ('error' in settlement) throw settlement.error
  return settlement.receipt
}

/** Promise.withResolvers, which Node 20 does not have. */
function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  const it = {} as PromiseWithResolvers<T>
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }))
  return it
}

/**
 * Mints a random UUID (RFC 9562, version 4), also on pages without https, where randomUUID is missing, and where there is no
 * crypto. In no caller's context: some frameworks note who asks for randomness (Next.js, of what it prerenders).
 */
export function mintId(): string {
  return unnoted(anId)
}

function anId(): string {
  return ask(() => (crypto as Partial<Crypto>).randomUUID?.()) ?? uuidOf(randomBytes())
}

function randomBytes(): Uint8Array {
  return (
    ask(() => crypto.getRandomValues(new Uint8Array(16))) ?? Uint8Array.from({ length: 16 }, () => Math.random() * 256)
  )
}

function uuidOf(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
