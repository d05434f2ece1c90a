import type {
  ApiError,
  Delivery,
  EventTracker,
  GivenEvent,
  TrackerStatus,
  TrackingError,
  ValidationError,
} from '@obsidianlaunch/events'
import { faultsOf, sentenceOf } from './edge/event.ts'
import { Refusal } from './edge/refusal.ts'

/** Time after which a client may ask again, in seconds, where nobody knows better. */
const retryAfter = 5
/** The longest time that is passed on, in seconds: an API that means milliseconds must not stop all clients for a day. */
const longestRetryAfter = 60
/** Time by which the signal of a call comes before the end of its budget. */
const afterSignalMs = 1_000
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
 * @throws (as the promise's rejection) what the tracker's own hook has thrown
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
  // A little longer than the answer may take: what is stored by then nobody waits for any more, and it costs no memory. The
  // signal comes first, since it alone tells if the event may have arrived.
  const options = { signal: waiting.signal, maxDeliveryMs: timeoutMs + afterSignalMs, ...(id !== undefined && { id }) }
  const delivery = track(tracker, event, options)
  const error = await delivery.stored.then(noError, asError)
  clearTimeout(timer)
  // It is stored, and the waiting alone has ended.
  const isTaken = error === undefined || error.kept
  if (isTaken) return { id: delivery.id, stored: delivery.toJSON().state !== 'skipped' }
  const { outbox, gate } = tracker.status()
  const refusal = outbox.durable ? refusalOf(error, body) : directRefusalOf(error, gate, body)
  const { state } = delivery.toJSON()
  if (state === 'rejected' || state === 'dropped') refusal.ended = state
  return refusal
}

function track(tracker: EventTracker, given: GivenEvent, options: { signal: AbortSignal; id?: string }): Delivery {
  if (given.operation === 'identifyCustomer') return tracker.identifyCustomer(given.customerId, given.traits, options)
  const { customerId, event, category, property } = given
  return tracker.trackEvent(customerId, event, { category, property, ...options })
}

function noError(): undefined {
  return undefined
}

function asError(error: unknown): TrackingError {
  return error as TrackingError
}

/** Tells why an event was not stored. */
function refusalOf(error: TrackingError, body: unknown): Refusal {
  if (error.code === 'validation') return notSendable(error, body)
  if (error.code === 'closed') return closing()
  // No outbox will ever take it, and it says nothing about this one.
  if (error.code === 'queue_full' && !error.retryable) {
    return new Refusal('too-large', 'The event is larger than all that the relay may hold.')
  }
  if (error.code === 'outbox' && error.problem === 'entry') {
    return new Refusal('not-sendable', 'The outbox cannot keep this event.')
  }
  return new Refusal(
    'not-stored',
    'The relay cannot store events at the moment. Send it again later, under the same id.',
    { retryAfter },
  )
}

/** Tells how the API answered an event that was passed on, where nothing is stored. */
function directRefusalOf(error: TrackingError, gate: TrackerStatus['gate'], body: unknown): Refusal {
  switch (error.code) {
    case 'api':
      return refusalOfApi(error.status, secondsOf(error.headers))
    case 'cancelled':
      if (!error.mayHaveArrived) return refusalOfApi(gate.status, bounded((gate.opensInMs ?? Number.NaN) / 1_000))
      return slow()
    case 'timeout':
      return slow()
    case 'connection':
      return new Refusal('upstream', 'The API cannot be reached.', { retryAfter })
    default:
      return refusalOf(error, body)
  }
}

function slow(): Refusal {
  return new Refusal('upstream-slow', 'The event may have arrived: send it again under the same id.', { retryAfter })
}

/** Tells an answer of the API without its words, which are not for everybody. */
function refusalOfApi(status: number | undefined, wait: number | undefined): Refusal {
  if (status !== undefined && ownStatuses.has(status)) {
    return new Refusal('not-sendable', `The API refused the event by ${status}.`, { status })
  }
  if (status === 429) {
    return new Refusal('rate-limit', 'The API asks everybody to wait.', { retryAfter: wait ?? retryAfter })
  }
  // Never its own 401 or 403: it is the relay that was refused, and not the client. And no status that no answer can have.
  const isItsOwn = status !== undefined && status >= 500 && status <= 599
  return new Refusal('upstream', 'The API does not take events from this relay at the moment.', {
    retryAfter: wait,
    ...(isItsOwn && { status }),
  })
}

/** The seconds of a `Retry-After`; undefined for nonsense. A date is measured against the answer's own, since clocks differ. */
function secondsOf(headers: ApiError['headers']): number | undefined {
  const { 'retry-after': value = '', date = '' } = headers
  const isDate = value.endsWith(' GMT')
  return bounded(isDate ? (Date.parse(value) - Date.parse(date)) / 1_000 : Number(/^\d+$/.exec(value)?.[0]))
}

function bounded(seconds: number): number | undefined {
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(1, Math.ceil(seconds)), longestRetryAfter)
}

function notSendable(error: ValidationError, body: unknown): Refusal {
  const { issues } = error
  // The hook has failed, and not the client.
  if (issues.some(({ path }) => path === 'beforeSend')) throw error
  if (issues.some(({ path }) => path === 'id')) {
    return new Refusal('conflict', 'Another event has this Idempotency-Key. Give each event a key of its own.')
  }
  const faults = faultsOf(issues, body)
  return new Refusal('not-sendable', sentenceOf(faults), { faults })
}

export function closing(): Refusal {
  return new Refusal('closing', 'Send it again: another relay takes over, or this one comes back.', { retryAfter })
}
