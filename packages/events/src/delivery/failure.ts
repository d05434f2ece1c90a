import { type ConnectionProblem, connectionProblem } from '@obsidianlaunch/events-client/core'
import { apiError } from '../errors/api-error.ts'
import {
  CancelledError,
  ClosedError,
  ConfigurationError,
  ConnectionError,
  QueueFullError,
  sentence,
  TimeoutError,
  ValidationError,
} from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import { receiptUnsent } from '../event/receipt.ts'
import type { EventEnd } from '../event/report.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Settings } from '../options/settings.ts'
import { type AttemptResult, dataOf } from '../http/answer.ts'
import type { EntryEnd } from '../outbox/outbox.ts'
import { shown } from '../platform/shown.ts'
import { nameOfFunction } from '../token/token-keeper.ts'
import type { AttemptMessage } from '../tracing/messages.ts'
import type { AttemptEnd } from '../tracing/trace.ts'
import type { Settlement } from './delivery.ts'
import { type Decision, mayPass } from './retry.ts'

type Failed = Pick<PendingEvent, 'operation' | 'attempts' | 'lastResult' | 'options'>

/** The error of an event whose last attempt failed. */
export function failureOf({ operation, attempts, lastResult }: Failed, settings: Settings): TrackingError {
  const after = `after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`
  switch (lastResult?.kind) {
    case 'answered': {
      const { status, text, headers, problem } = lastResult
      if (problem !== undefined) return new ConfigurationError(`No answer can be read ${after}: ${problem}.`)
      const refusal = { status, text, headers, body: dataOf(text), retryable: mayPass(lastResult, attempts) }
      return apiError(operation, refusal, settings.token !== null)
    }
    case 'unreachable': {
      const { message, advice } = problemOf(lastResult.cause, settings)
      return new ConnectionError(sentences(`${message}, ${after}`, advice), lastResult.cause)
    }
    case 'tokenFailed':
      return new ConnectionError(`${tokenProblem(lastResult.cause, settings)}, ${after}.`, lastResult.cause)
    default:
      return new TimeoutError(
        `No answer from ${settings.baseUrl} within ${settings.attemptTimeoutMs} ms (attemptTimeoutMs) ${after}. The event may have arrived.`,
      )
  }
}

/** The problem for which there was no answer, in words. */
export function problemOf(cause: unknown, { baseUrl }: Settings): ConnectionProblem {
  return connectionProblem(cause, baseUrl)
}

/** The reason why an attempt got no answer, in words; undefined where it got one, or where nothing more is known. */
export function reasonOf(result: AttemptResult, settings: Settings): string | undefined {
  if (result.kind === 'tokenFailed') return sentences(tokenProblem(result.cause, settings))
  if (result.kind !== 'unreachable') return undefined
  const { message, advice } = problemOf(result.cause, settings)
  return sentences(message, advice)
}

/** Reasons for which the gate closes, by the answer that did it. */
export type PauseReason = 'asked' | 'failing' | 'silent' | 'no-token'

const pauseReasons: Record<Exclude<PauseReason, 'no-token'>, string> = {
  asked: 'The API asked to wait',
  failing: 'The API answers every request with a failure',
  silent: 'The API does not answer',
}

/** A reason in words. @param name of the function that is asked for the token */
export function pauseReason(why: PauseReason, name: string): string {
  return why === 'no-token' ? `The ${name} fails` : pauseReasons[why]
}

const mostFailures = 1_000

/** Notes how the last attempt of a lane failed, among those of the last thousand lanes that failed. */
export function noteFailure(
  failures: Map<string, string>,
  event: Failed & { readonly customerId: string },
  settings: Settings,
): void {
  failures.delete(event.customerId)
  failures.set(event.customerId, shown(failureOf(event, settings).text.slice(0, 400)))
  const [oldest] = failures.keys()
  if (failures.size > mostFailures) failures.delete(oldest as string)
}

function tokenProblem(cause: unknown, { seams }: Settings): string {
  return `The ${nameOfFunction(seams)} failed: ${cause instanceof Error ? cause.message : String(cause)}`
}

/** Puts texts behind each other that may be empty, or end as they were found. */
function sentences(...texts: string[]): string {
  return texts
    .filter((text) => text !== '')
    .map(sentence)
    .join(' ')
}

/** The end of the message of an event that was given up. */
function lastOf({ lastResult }: Failed, settings: Settings, pausedBy?: AttemptResult, ofLane?: string): string {
  if (lastResult === undefined && ofLane !== undefined) return ` The last attempt at an event before it: ${ofLane}`
  const whose = lastResult === undefined ? ', at another event' : ''
  const last = lastResult ?? pausedBy
  if (last?.kind === 'answered') return ` The last answer${whose}: ${last.status}.`
  const reason = last && reasonOf(last, settings)
  return reason === undefined ? '' : ` The last attempt${whose}: ${reason}`
}

/**
 * The error of an event that waited too long for its turn, or for a retry. Had it no attempt of its own, another's failure
 * says why: the last one of its lane in words, or the end of the attempt for which sending pauses.
 */
export function overdue(event: Failed, settings: Settings, pausedBy?: AttemptResult, ofLane?: string): TimeoutError {
  const cause = event.lastResult === undefined ? undefined : failureOf(event, settings)
  const maxDeliveryMs = event.options.maxDeliveryMs ?? settings.maxDeliveryMs
  return new TimeoutError(
    `Not delivered: its ${maxDeliveryMs} ms (maxDeliveryMs) are used up; attempts made: ${event.attempts}.${lastOf(event, settings, pausedBy, ofLane)}`,
    cause,
  )
}

/** The error of an event that was kept until it had become too old. */
export function expired(event: Failed, settings: Settings): TimeoutError {
  const cause = event.lastResult === undefined ? undefined : failureOf(event, settings)
  return new TimeoutError(
    `Not delivered within ${settings.maxAgeMs} ms (maxAgeMs), and now among the dead letters; attempts made: ${event.attempts}.${lastOf(event, settings)}`,
    cause,
  )
}

/** The error of an event that had to leave a full queue. */
export function evicted({ queue: { maxEvents, maxBytes } }: Settings): QueueFullError {
  return new QueueFullError(
    `The queue was full (queue.maxEvents: ${maxEvents}, queue.maxBytes: ${maxBytes}), and the event had to leave for a newer one.`,
    true,
  )
}

/** The error of an event whose customer was forgotten. */
export function forgotten({ attempts }: Failed): CancelledError {
  return new CancelledError('The customer was forgotten: the event is not sent any more.', attempts > 0, undefined)
}

/** The refusal of whatever is asked of a tracker that was shut down. */
export function closedError(): ClosedError {
  return new ClosedError('The tracker was shut down: make a new one.')
}

/** The end of an event, as its caller is told, that another owner of the outbox has brought about. */
export function settlementOf(
  end: EntryEnd,
  event: PendingEvent,
  settings: Settings,
  nowMs: number,
): Settlement & { outcome: EventEnd } {
  if (end.kind === 'delivered') {
    return { outcome: 'delivered', receipt: receiptUnsent(event.id, event.accepted.at, nowMs, 'elsewhere') }
  }
  if (end.kind === 'forgotten') return { outcome: 'dropped', error: forgotten(event) }
  const { status, detail: text = '', attempts, reason } = end
  const answer: AttemptResult = { kind: 'answered', status: status ?? 0, headers: {}, text, newToken: 'none' }
  const { operation, options } = event
  const failed = { operation, options, attempts, lastResult: status === undefined ? undefined : answer }
  return { outcome: 'dead', error: reason === 'expired' ? expired(failed, settings) : failureOf(failed, settings) }
}

/** The refusal of a call by whose id something else is pending. */
export function takenError(): ValidationError {
  return new ValidationError([{ path: 'id', reason: 'is on its way, or was delivered, with other data' }])
}

/**
 * The end of an attempt as listeners are told of it: its result, and the decision about its event.
 *
 * @param isOverdue tells that the event's budget has ended, so that memory sends it no more
 */
export function attemptEnd(
  event: PendingEvent,
  decision: Decision,
  isOverdue: boolean,
  settings: Settings,
): AttemptEnd {
  const { logger, outbox } = settings.seams
  const { lastResult } = event
  const next = nextOf(event, decision, isOverdue, outbox?.durable ?? false)
  const willBeSent = next === 'retry' || next === 'refused'
  const isAnswered = lastResult?.kind === 'answered' && lastResult.status > 0
  const end: AttemptEnd['end'] = {
    next,
    ...(willBeSent && 'afterMs' in decision && { retryInMs: decision.afterMs }),
    ...(isAnswered ? { status: lastResult.status } : { cause: causeOf(lastResult, settings) }),
    ...(next !== 'delivered' && next !== 'released' && { error: failureOf(event, settings) }),
  }
  return { end, logger }
}

function causeOf(result: AttemptResult | undefined, settings: Settings): string {
  if (result?.kind === 'answered') return result.problem ?? 'no status'
  return (result && reasonOf(result, settings)?.replace(/\.$/, '')) ?? 'no answer'
}

function nextOf(
  { hasEnded }: PendingEvent,
  { kind }: Decision,
  isOverdue: boolean,
  isDurable: boolean,
): NonNullable<AttemptMessage['next']> {
  if (kind === 'delivered') return kind
  // Its customer was erased, or another owner of the outbox has ended it.
  if (hasEnded || kind === 'release') return 'released'
  if (kind === 'retry' && isOverdue && !isDurable) return 'rejected'
  if (kind === 'retry' || kind === 'refused') return kind
  return isDurable ? 'dead' : 'rejected'
}
