import { dataOf } from '../delivery/failure.ts'
import type { OwedEvent } from '../delivery/pending-event.ts'

/** What is known of an event that was delivered. */
export interface Receipt {
  /** The event's id, the same in every attempt. */
  id: string
  /** The status of the answer; 0 where nothing was sent (`skipped`, `duplicate`). */
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
  /** True where an outbox knew that the event had been delivered before: nothing was sent. */
  duplicate?: true
}

/** The receipt of an event whose last attempt succeeded. */
export function receiptOf({ id, attempts, accepted, lastOutcome }: OwedEvent, nowMs: number): Receipt {
  const answer = lastOutcome?.kind === 'answered' ? lastOutcome : undefined
  const requestId = answer?.headers['x-request-id']
  return {
    id,
    status: answer?.status ?? 0,
    attempts,
    data: dataOf(answer?.text ?? ''),
    acceptedAt: new Date(accepted.at),
    deliveredAt: new Date(nowMs),
    ...(requestId !== undefined && { requestId }),
  }
}

/** The receipt of an event that nobody wanted sent. */
export function skippedReceipt(id: string, nowMs: number): Receipt {
  const now = new Date(nowMs)
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt: now, deliveredAt: now, skipped: true }
}

/** The receipt of an event that had been delivered before. */
export function duplicateReceipt({ id, accepted }: OwedEvent, nowMs: number): Receipt {
  const [acceptedAt, deliveredAt] = [new Date(accepted.at), new Date(nowMs)]
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt, deliveredAt, duplicate: true }
}
