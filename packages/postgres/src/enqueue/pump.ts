import { type Environment, type GivenEvent, type Operation, readEvent, ValidationError } from '@obsidianlaunch/events'
import { roundedInteger } from '@obsidianlaunch/events-client/core'
import type { Database, Row } from '../database.ts'

/** Bounds of what is moved at a time. */
const mostRows = 500
const mostBytes = 4 * 1024 * 1024

/** A row with the body as it is sent, or as it is with the reason why it cannot be. */
interface Judged {
  readonly body: string
  readonly fault: string | null
}

/**
 * Moves the oldest events that transactions have enqueued and committed into their lanes, those that cannot be sent to the
 * dead letters. Any number of processes may do that: one moves, and the others go without.
 *
 * @returns how many were moved; there may be more
 */
export async function pump(database: Database, rememberMs: number): Promise<number> {
  const rows = await database.call('peek', [mostRows, mostBytes])
  if (rows.length === 0) return 0
  const judged = rows.map(judge)
  const [row] = await database.call('pump', [
    rows.map(({ seq }) => seq),
    judged.map(({ body }) => body),
    judged.map(({ fault }) => fault),
    rememberMs,
  ])
  return Number(row?.['pump'] ?? 0)
}

/** Judges a row, whatever has written it, by the OpenAPI document, as a tracker does at the call. */
function judge(row: Row): Judged {
  const text = row['body'] as string
  try {
    return { body: readEvent(eventOf(row, text), { environment: row['environment'] as Environment }).body, fault: null }
  } catch (thrown) {
    // Whatever it is, the rows behind this one are not to wait for it.
    return { body: text, fault: thrown instanceof ValidationError ? thrown.text : (thrown as Error).message }
  }
}

/** @throws ValidationError for what would not be sent as it was written */
function eventOf(row: Row, text: string): GivenEvent {
  const operation = row['operation'] as Operation
  const customerId = row['customer_id'] as string
  const rounded = roundedInteger(text)
  if (rounded !== undefined) throw refusal('', `has the number ${rounded}, which would be rounded: write it as text`)
  const body: unknown = JSON.parse(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refusal('body', 'must be an object')
  const { customer_id: named = customerId, ...fields } = body as Record<string, unknown>
  if (named !== customerId) throw refusal('customer_id', 'is another one in the body')
  if (operation === 'identifyCustomer') return { operation, customerId, traits: fields }
  const misplaced = Object.keys(fields).find((name) => name === 'operation' || name === 'customerId')
  if (misplaced !== undefined) throw refusal(misplaced, 'is not a known field of the body')
  return { ...fields, operation, customerId } as GivenEvent
}

function refusal(path: string, reason: string): ValidationError {
  return new ValidationError([{ path, reason }])
}
