import { ApiError, apiError } from '../errors/api-error.ts'
import { ConfigurationError, ConnectionError, TimeoutError, ValidationError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Settings } from '../options/settings.ts'
import { dataOf } from '../http/answer.ts'
import { mayPass } from './retry.ts'

type Failed = Pick<PendingEvent, 'operation' | 'attempts' | 'lastResult' | 'options'>

/** The error of an event whose last attempt failed. */
export function failureOf({ operation, attempts, lastResult }: Failed, settings: Settings): TrackingError {
  const after = `after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`
  switch (lastResult?.kind) {
    case 'answered': {
      const { status, text, headers, problem } = lastResult
      if (problem !== undefined) return new ConfigurationError(`No answer can be read ${after}: ${problem}.`)
      return apiError(operation, {
        status,
        text,
        headers,
        body: dataOf(text),
        retryable: mayPass(lastResult, attempts),
      })
    }
    case 'unreachable':
      return new ConnectionError(
        `No connection to ${settings.baseUrl} ${after}. Check the network and baseUrl; the cause says what failed.`,
        lastResult.cause,
      )
    case 'tokenFailed':
      return new ConnectionError(`The token function failed, ${after}; the cause says why.`, lastResult.cause)
    default:
      return new TimeoutError(
        `No answer from ${settings.baseUrl} within ${settings.attemptTimeoutMs} ms (attemptTimeoutMs) ${after}. The event may have arrived.`,
      )
  }
}

/** The error of an event that waited too long for its turn, or for a retry. */
export function overdue(event: Failed, settings: Settings): TimeoutError {
  const cause = event.lastResult === undefined ? undefined : failureOf(event, settings)
  const last = cause instanceof ApiError ? ` The last answer: ${cause.status}.` : ''
  const maxDeliveryMs = event.options.maxDeliveryMs ?? settings.maxDeliveryMs
  return new TimeoutError(
    `Not delivered: its ${maxDeliveryMs} ms (maxDeliveryMs) are used up; attempts made: ${event.attempts}.${last}`,
    cause,
  )
}

/** The error of an event that was kept until it had become too old. */
export function expired(event: Failed, settings: Settings): TimeoutError {
  const cause = event.lastResult === undefined ? undefined : failureOf(event, settings)
  return new TimeoutError(
    `Not delivered within ${settings.maxAgeMs} ms (maxAgeMs), and now among the dead letters; attempts made: ${event.attempts}.`,
    cause,
  )
}

/** The refusal of a call by whose id something else is pending. */
export function takenError(): ValidationError {
  return new ValidationError([{ path: 'id', reason: 'is on its way with other data' }])
}
