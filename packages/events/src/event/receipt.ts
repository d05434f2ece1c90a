/** Receipt of an event that was delivered. */
export interface Receipt {
  /** The event's id, the same in every attempt. */
  id: string
  /** The status of the answer; 0 where nothing was sent (`skipped`, `duplicate`). */
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
}

/** The receipt of an event for which nothing was sent: nobody wanted it, or it had been delivered before. */
export function emptyReceipt(id: string, acceptedMs: number, nowMs: number, why: 'skipped' | 'duplicate'): Receipt {
  const [acceptedAt, deliveredAt] = [new Date(acceptedMs), new Date(nowMs)]
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt, deliveredAt, [why]: true }
}
