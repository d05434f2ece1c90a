/** Receipt of an event that was delivered. */
export interface Receipt {
  /** The event's id, the same in every attempt. */
  id: string
  /** The status of the answer; 0 where nothing was sent (`skipped`, `duplicate`), or not by this tracker (`elsewhere`). */
  status: number
  /** Number of attempts that it took. */
  attempts: number
  /** The answer: parsed where it is JSON, else as text, undefined where it was empty. */
  data: unknown
  /** Time of the call. */
  acceptedAt: Date
  /** Time of the answer. */
  deliveredAt: Date
  /** The answer's `X-Request-Id`, where it has one. */
  requestId?: string
  /** True where nothing was sent, because the tracker is not `enabled`. */
  skipped?: true
  /** True where an outbox knew that the event had been delivered before: nothing was sent. */
  duplicate?: true
  /**
   * True where another owner of a shared outbox, such as another tab, has delivered the event. Its answer is known there
   * alone: `status` and `attempts` are 0 here, `data` is undefined, and `deliveredAt` is when this tracker was told.
   */
  elsewhere?: true
}

/** The receipt of an event that was delivered, and not by this tracker at this call: before, or by another owner. */
export function receiptUnsent(id: string, acceptedMs: number, nowMs: number, why: 'duplicate' | 'elsewhere'): Receipt {
  const [acceptedAt, deliveredAt] = [new Date(acceptedMs), new Date(nowMs)]
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt, deliveredAt, [why]: true }
}

/**
 * The receipt of an event that nobody wanted to be sent. Its id and its dates are made when they are read: the call itself asks
 * neither chance nor clock, which some frameworks do not allow in what they prerender (Next.js).
 */
export function skippedReceipt(delivery: { readonly id: string }, now: () => number): Receipt {
  let at: Date | undefined
  const date = () => (at ??= new Date(now()))
  const receipt: Receipt = {
    get id() {
      return delivery.id
    },
    status: 0,
    attempts: 0,
    data: undefined,
    get acceptedAt() {
      return date()
    },
    get deliveredAt() {
      return date()
    },
    skipped: true,
  }
  // The console would show that there are getters, and not what they give.
  return Object.defineProperty(receipt, Symbol.for('nodejs.util.inspect.custom'), { value: () => ({ ...receipt }) })
}
