import {
  ApiError,
  ClosedError,
  type Delivery,
  EventTrackingError,
  type EventTracker,
  type GivenEvent,
  TimeoutError,
  ConnectionError,
  CancelledError,
  ValidationError,
} from '@obsidianlaunch/events'
import { faultsOf, sentenceOf } from './edge/event.ts'
import { Refusal } from './edge/refusal.ts'

/** Time after which a client may ask again, in seconds. */
const retryAfter = '5'
/** Statuses of the API that are about the event itself, and so are the client's to know. */
const ownStatuses: ReadonlySet<number> = new Set([400, 409, 413, 414, 415, 422])

/** An event that was taken: its id, and whether it is stored, or was dropped by a hook on purpose. */
export interface Taken {
  readonly id: string
  readonly stored: boolean
}

/**
 * Gives an event to the tracker, and answers once it cannot be lost any more: a durable outbox has it, or without one the API.
 *
 * @param event null where a hook has dropped it
 * @param body as the client sent it, to which pointers point
 */
export async function store(
  tracker: EventTracker,
  event: GivenEvent | null,
  id: string | undefined,
  body: unknown,
  timeoutMs: number,
): Promise<Taken | Refusal> {
  if (event === null) return { id: id ?? '', stored: false }
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(), timeoutMs)
  // A budget as long as the answer may take: what is stored by then nobody waits for any more, and it costs no memory.
  const options = { signal: waiting.signal, maxDeliveryMs: timeoutMs, ...(id !== undefined && { id }) }
  const delivery = track(tracker, event, options)
  try {
    await delivery.stored
    return { id: delivery.id, stored: delivery.toJSON().state !== 'skipped' }
  } catch (error) {
    // It is stored, and the waiting alone has ended.
    if (error instanceof EventTrackingError && error.kept) return { id: delivery.id, stored: true }
    return tracker.status().outbox.durable ? refusalOf(error, body) : directRefusalOf(error, body)
  } finally {
    clearTimeout(timer)
  }
}

function track(tracker: EventTracker, given: GivenEvent, options: { signal: AbortSignal; id?: string }): Delivery {
  if (given.operation === 'identifyCustomer') return tracker.identifyCustomer(given.customerId, given.traits, options)
  const { customerId, event, category, property } = given
  return tracker.trackEvent(customerId, event, { category, property, ...options })
}

/** Tells why an event was not stored. */
function refusalOf(error: unknown, body: unknown): Refusal {
  if (error instanceof ValidationError) return notSendable(error, body)
  if (error instanceof ClosedError) return closing()
  return new Refusal(
    'not-stored',
    'The relay cannot store events at the moment. Send it again later, under the same id.',
    {
      headers: { 'retry-after': retryAfter },
    },
  )
}

/** Tells how the API answered an event that was passed on, where nothing is stored. */
function directRefusalOf(error: unknown, body: unknown): Refusal {
  if (error instanceof ApiError) return refusalOfApi(error)
  const headers = { 'retry-after': retryAfter }
  if (error instanceof TimeoutError || error instanceof CancelledError) {
    return new Refusal('upstream-slow', 'The event may have arrived: send it again under the same id.', { headers })
  }
  if (error instanceof ConnectionError) return new Refusal('upstream', 'The API cannot be reached.', { headers })
  return refusalOf(error, body)
}

function refusalOfApi({ status, headers }: ApiError): Refusal {
  const wait = headers['retry-after']
  if (ownStatuses.has(status)) return new Refusal('not-sendable', `The API refused the event by ${status}.`, { status })
  if (status === 429) {
    return new Refusal('rate-limit', 'The API asks everybody to wait.', {
      headers: { 'retry-after': wait ?? retryAfter },
    })
  }
  const passes = status >= 500 && wait !== undefined
  // Never its own 401 or 403: it is the relay that was refused, and not the client.
  return new Refusal('upstream', 'The API does not take events from this relay at the moment.', {
    ...(passes && { headers: { 'retry-after': wait } }),
    ...(status >= 500 && { status }),
  })
}

function notSendable({ issues }: ValidationError, body: unknown): Refusal {
  if (issues.some(({ path }) => path === 'id')) {
    return new Refusal('conflict', 'Another event has this Idempotency-Key. Give each event a key of its own.')
  }
  const faults = faultsOf(issues, body)
  return new Refusal('not-sendable', sentenceOf(faults), { faults })
}

export function closing(): Refusal {
  return new Refusal('closing', 'Send it again: another relay takes over, or this one comes back.', {
    headers: { 'retry-after': retryAfter },
  })
}
