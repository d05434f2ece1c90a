import type { Environment, Operation } from '../event/event.ts'
import type { Logger } from '../options/options.ts'
import { harmlessly } from '../platform/platform.ts'
import { channels, isHeard, publishEnd, publishStart, runStores, surely } from './channels.ts'
import { lineOf } from './debug.ts'
import type { AttemptMessage, EventMessage } from './messages.ts'
import { seenError } from './seen-error.ts'

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
  delivery: { readonly id: string },
  environment: Environment,
  end: Pick<EventMessage, 'outcome' | 'error'>,
): void {
  if (!isHeard(channels.event)) return
  // What is no id is anything that a caller may have passed.
  const customerId = typeof call.customerId === 'string' ? call.customerId : ''
  // The id is minted where somebody asks for it.
  const { id } = delivery
  traceEnd({ id, operation: call.operation, customerId, environment, isOfThisProcess: true, attempts: 0 }, end)
}

/** Tells that an event has ended here: also of one whose start nobody heard, if anybody has come since. */
export function traceEnd(event: TracedEvent, { outcome, error }: Pick<EventMessage, 'outcome' | 'error'>): void {
  const isNews = outcome !== 'pending' && isHeard(channels.event)
  const message = isNews ? messageOf(event) : ofEvents.get(event)
  if (message === undefined) return
  // What is kept may come back as the same object.
  ofEvents.delete(event)
  Object.assign(message, { outcome }, error && { error: seenError(error) })
  if (channels.event !== undefined) publishEnd(channels.event, message)
}

/** Tells that another owner of the outbox has ended an event: what is told next of it says so. */
export function traceElsewhere(event: TracedEvent): void {
  const message = isHeard(channels.event) ? messageOf(event) : ofEvents.get(event)
  if (message !== undefined) message.isElsewhere = true
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
  runStores(channels.attempt, message, () => (message.within === undefined ? send() : surely(message.within, send)))
}

/** Tells of the end of the event's attempt, if one was told of. */
export function traceResult(event: TracedEvent, now: number, attemptEnd: () => AttemptEnd): void {
  const traced = ofAttempts.get(event)
  if (traced === undefined) return
  ofAttempts.delete(event)
  const { message, startedAt } = traced
  const { end, logger } = attemptEnd()
  const error = end.error && { error: seenError(end.error) }
  Object.assign(message, end, error, { attempt: event.attempts, durationMs: now - startedAt })
  if (channels.attempt !== undefined) publishEnd(channels.attempt, message)
  if (debugs(logger)) harmlessly(() => logger.debug(lineOf(message)))
}

function messageOf(event: TracedEvent): EventMessage {
  const known = ofEvents.get(event)
  if (known !== undefined) return known
  const { id, operation, customerId, environment, isOfThisProcess } = event
  const message: EventMessage = { id, operation, customerId, environment, isFound: !isOfThisProcess }
  ofEvents.set(event, message)
  if (channels.event !== undefined) publishStart(channels.event, message)
  return message
}

/** Tells whether a logger wants a line for each attempt. The console's own `debug` prints whatever it is given: it is not asked. */
function debugs(logger: Logger | undefined): logger is Logger & Required<Pick<Logger, 'debug'>> {
  return typeof logger?.debug === 'function' && logger !== globalThis.console
}
