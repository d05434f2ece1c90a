import type { Environment, Operation } from '../event/event.ts'
import type { Logger } from '../options/options.ts'
import { harmlessly } from '../platform/platform.ts'
import { channels, isHeard, publishEnd } from './channels.ts'
import { lineOf } from './debug.ts'
import type { AttemptMessage, EventMessage } from './messages.ts'

/** An event as the delivery knows it. */
interface TracedEvent {
  readonly id: string
  readonly operation: Operation
  readonly customerId: string
  readonly environment: Environment
  readonly isOfThisProcess: boolean
  readonly attempts: number
}

/** The end of an attempt, and the logger of its tracker. */
export interface AttemptEnd {
  readonly end: Pick<AttemptMessage, 'next' | 'retryInMs' | 'status' | 'cause' | 'error'>
  readonly logger: Logger | undefined
}

// Kept here and not with the event: where nobody listens it costs nothing.
const ofEvents = /* @__PURE__ */ new WeakMap<TracedEvent, EventMessage>()
/** Messages of attempts that are on their way, and the moments at which they began. */
const ofAttempts = /* @__PURE__ */ new WeakMap<TracedEvent, { message: AttemptMessage; startedAt: number }>()

/** Tells that an event was accepted, in the context of its caller. */
export function traceEvent(event: TracedEvent): void {
  if (isHeard(channels.event) || isHeard(channels.attempt)) messageOf(event)
}

/** Tells that a call ended before it was accepted. */
export function traceUnsent(
  call: Pick<TracedEvent, 'operation' | 'customerId'>,
  id: string,
  environment: Environment,
  end: Pick<EventMessage, 'outcome' | 'error'>,
): void {
  if (!isHeard(channels.event)) return
  const event = { id, operation: call.operation, customerId: call.customerId, environment }
  const unsent = { ...event, isOfThisProcess: true, attempts: 0 }
  messageOf(unsent)
  traceEnd(unsent, end)
}

/** Tells that an event has ended here. One that was told to be kept, or of which nothing was heard so far, starts at its end. */
export function traceEnd(event: TracedEvent, { outcome, error }: Pick<EventMessage, 'outcome' | 'error'>): void {
  const isHeardNow = outcome !== 'pending' && isHeard(channels.event)
  const message = isHeardNow ? messageOf(event) : ofEvents.get(event)
  if (message === undefined) return
  // What is kept may come back as the same object.
  ofEvents.delete(event)
  Object.assign(message, { outcome, ...(error !== undefined && { error }) })
  if (channels.event !== undefined) publishEnd(channels.event, message)
}

/** Tells that another owner of the outbox has ended an event: what is told next of it says so. */
export function traceElsewhere(event: TracedEvent): void {
  if (isHeard(channels.event)) messageOf(event).isElsewhere = true
}

/** Tells whether anybody wants to hear of attempts, or of the events that they find in an outbox. */
export function isTraced(logger: Logger | undefined): boolean {
  return isHeard(channels.attempt) || isHeard(channels.event) || debugs(logger)
}

/** Sends an attempt within the stores that are bound to its `start`. */
export function traceAttempt(event: TracedEvent, url: string, startedAt: number, send: () => void): void {
  // Of an event that an outbox held it is the first that is heard.
  const message: AttemptMessage = { event: messageOf(event), attempt: event.attempts, url }
  ofAttempts.set(event, { message, startedAt })
  if (channels.attempt === undefined) return send()
  channels.attempt.start.runStores(message, () => sendWithin(message, send))
  channels.attempt.end.publish(message)
}

/** Sends once, by what a listener wants around it, and whatever becomes of that. */
function sendWithin({ within }: AttemptMessage, send: () => void): void {
  let isSent = false
  const once = () => {
    if (!isSent) send()
    isSent = true
  }
  try {
    within?.(once)
  } catch {
    // The listener's own problem: an event must not fail because it is traced.
  }
  once()
}

/** Tells of the end of the event's attempt, if one was told of. */
export function traceResult(event: TracedEvent, now: number, attemptEnd: () => AttemptEnd): void {
  const traced = ofAttempts.get(event)
  if (traced === undefined) return
  ofAttempts.delete(event)
  const { message, startedAt } = traced
  const { end, logger } = attemptEnd()
  Object.assign(message, end, { attempt: event.attempts, durationMs: now - startedAt })
  if (channels.attempt !== undefined) publishEnd(channels.attempt, message)
  if (debugs(logger)) harmlessly(() => logger.debug(lineOf(message)))
}

function messageOf(event: TracedEvent): EventMessage {
  const known = ofEvents.get(event)
  if (known !== undefined) return known
  const { id, operation, customerId, environment, isOfThisProcess } = event
  const message: EventMessage = { id, operation, customerId, environment, isFound: !isOfThisProcess }
  ofEvents.set(event, message)
  channels.event?.start.publish(message)
  channels.event?.end.publish(message)
  return message
}

/** Tells whether a logger wants a line for each attempt. The console's own `debug` prints whatever it is given: it is not asked. */
function debugs(logger: Logger | undefined): logger is Logger & Required<Pick<Logger, 'debug'>> {
  return logger?.debug !== undefined && logger !== globalThis.console
}
