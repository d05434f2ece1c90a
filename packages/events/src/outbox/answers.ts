import { isId } from '../call/call-options.ts'
import { OutboxError } from '../errors/errors.ts'
import type { Claim, DeadLetter, AppendResult, EntryEnd, WaitingCustomer } from '../outbox/outbox.ts'

/** Anybody can write an outbox: what it answers is looked at before anything is done with it. */
const fates: readonly unknown[] = ['stored', 'pending', 'taken', 'done'] satisfies AppendResult[]

/** Checks an answer. @throws OutboxError that says what was expected of which method */
export type Check<T> = (answer: unknown) => T

export const isFates =
  (count: number): Check<readonly AppendResult[]> =>
  (answer) => {
    if (Array.isArray(answer) && answer.length === count && answer.every((fate) => fates.includes(fate))) return answer
    throw malformed('append', `one of ${fates.join(', ')} for each entry`)
  }

export const isClaims: Check<readonly Claim[]> = (answer) => {
  if (Array.isArray(answer) && answer.every(isClaim) && isOneEach(answer)) return answer
  throw malformed('claim', 'a list of claims, one a customer, each with its entry and its numbers')
}

export const isOneBoolean: Check<readonly boolean[]> = (answer) => {
  if (Array.isArray(answer) && answer.length === 1 && typeof answer[0] === 'boolean') return answer
  throw malformed('settle', 'true or false for each verdict')
}

export const isBoolean: Check<boolean> = (answer) => {
  if (typeof answer === 'boolean') return answer
  throw malformed('remove', 'true or false')
}

export const isDueInMs: Check<number> = (answer) => {
  if (typeof answer === 'number' && answer >= 0) return answer
  throw malformed('dueInMs', 'milliseconds, at least 0')
}

export const isReplayed: Check<number> = (answer) => {
  if (isCount(answer)) return answer
  throw malformed('replay', 'how many, an integer of at least 0')
}

export const isCounts =
  (method: 'counts' | 'forget'): Check<{ pending: number; dead: number }> =>
  (answer) => {
    const { pending, dead } = fieldsOf(answer)
    if (isCount(pending) && isCount(dead)) return { pending, dead }
    throw malformed(method, '{ pending, dead }, integers of at least 0')
  }

export const isDeadLetters: Check<readonly DeadLetter[]> = (answer) => {
  if (Array.isArray(answer) && answer.every(isLetter)) return answer
  throw malformed('dead', 'a list of dead letters, each with its id and entry')
}

export const isWaiting: Check<readonly WaitingCustomer[]> = (answer) => {
  if (Array.isArray(answer) && answer.every((each) => typeof fieldsOf(each)['customerId'] === 'string')) return answer
  throw malformed('waiting', 'a list of customers')
}

/** @throws OutboxError into the outbox that tells something else */
export const areEnds: Check<readonly EntryEnd[]> = (told) => {
  if (Array.isArray(told) && told.every(isEnd)) return told
  throw malformed('watch', 'ends of entries')
}

function isEnd(end: unknown): boolean {
  const { customerId, id, kind, attempts } = fieldsOf(end)
  const isKnown = kind === 'delivered' || kind === 'forgotten' || (kind === 'dead' && isCount(attempts))
  return isKnown && typeof customerId === 'string' && isId(id)
}

function isLetter(letter: unknown): boolean {
  const { id, entry } = fieldsOf(letter)
  return typeof id === 'string' && isEntry(entry)
}

function isClaim(claim: unknown): boolean {
  const { entry, attempts, refusals, storedForMs, failingForMs } = fieldsOf(claim)
  const areRight = (refusals === undefined || areRefusals(refusals)) && mayBeLength(storedForMs)
  return areRight && mayBeLength(failingForMs) && isEntry(entry) && isCount(attempts)
}

function areRefusals(refusals: unknown): boolean {
  const { count, sinceFirstMs, sinceLastMs } = fieldsOf(refusals)
  return isCount(count) && isLength(sinceFirstMs) && isLength(sinceLastMs)
}

function mayBeLength(value: unknown): boolean {
  return value === undefined || isLength(value)
}

function isLength(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}

/** A customer's entries are lent one at a time. */
function isOneEach(claims: readonly Claim[]): boolean {
  if (claims.length < 2) return true
  const customers = new Set<string>()
  for (const { entry } of claims) customers.add(entry.customerId)
  return customers.size === claims.length
}

function isEntry(entry: unknown): boolean {
  const { customerId, id, operation, body, acceptedAt } = fieldsOf(entry)
  const isOperation = operation === 'identifyCustomer' || operation === 'trackEvent'
  const areTexts = typeof customerId === 'string' && typeof body === 'string'
  return isOperation && areTexts && isId(id) && Number.isFinite(acceptedAt)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function malformed(method: string, expected: string): OutboxError {
  return new OutboxError('io', `The outbox answered ${method}() with something else than ${expected}.`)
}
