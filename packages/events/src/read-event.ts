import { issuesOfFields } from './call/before-send.ts'
import { CallReader } from './call/read-call.ts'
import { ValidationError } from './errors/errors.ts'
import type { Environment, GivenEvent, OutboxEntry } from './event/event.ts'
import { decideEnvironment } from './options/settings.ts'
import { TokenKeeper } from './token/token-keeper.ts'

/** An event as a tracker would store it; its id and its time are those of whoever stores it. */
export interface StorableEvent extends Pick<OutboxEntry, 'customerId' | 'operation' | 'body'> {
  readonly environment: Environment
}

/**
 * Reads and judges an event as a tracker does at the call, for code that stores events by itself, such as in a transaction
 * of its own.
 *
 * @param options the environment that it is for, as a tracker decides it where it is not given, and the id, if it has one
 * @throws ValidationError that says why it cannot be sent; ConfigurationError for an environment that is none
 */
export function readEvent(
  event: GivenEvent,
  { id, environment }: { id?: string | undefined; environment?: Environment | undefined } = {},
): StorableEvent {
  const issues = issuesOfFields(event)
  if (issues.length > 0) throw new ValidationError(issues)
  const { operation, customerId, body } = new CallReader(new TokenKeeper(null)).read({ ...event }, { id })
  if (typeof body !== 'string') throw body
  return { operation, customerId, body, environment: decideEnvironment(environment) }
}
