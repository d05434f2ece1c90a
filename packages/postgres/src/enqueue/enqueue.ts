import { type Environment, type GivenEvent, readEvent, ValidationError } from '@obsidianlaunch/events'
import { outboxError } from '../errors.ts'
import { assertSchema, defaultSchema } from '../options.ts'
import type { PostgresClient } from '../pool.ts'

/** An event as a tracker's `beforeSend` has it, with an id of your own if it has one. */
export type EnqueuedEvent = GivenEvent & {
  /**
   * Id of the event, where you have one that is worth keeping, such as that of an invoice: 1 to 255 printable ASCII
   * characters. What is written twice under it is sent once.
   *
   * @default a new UUID
   */
  id?: string | undefined
}

export interface EnqueueOptions {
  /** The schema of the database that has the outbox. @default 'obsidian_events' */
  schema?: string | undefined
  /**
   * Makes other transactions that enqueue events of the same customers with it wait for the end of this one, so that the
   * events have the order in which the transactions commit. Without it those that run at the same time have no order.
   *
   * @default false
   */
  ordered?: boolean | undefined
  /** The environment that the events are sent to. @default `EVENT_TRACKING_ENVIRONMENT`, else 'test' */
  environment?: Environment | undefined
}

/** A statement that writes events, for a library that is given SQL. It answers one row with the number of events. */
export interface EnqueueStatement {
  /** With a `$1` where the value belongs. */
  readonly text: string
  readonly values: [events: string]
  /** Text around the values, as template tags take it: `sql(strings, ...values)`. */
  readonly strings: TemplateStringsArray
}

/** The longest id of a customer that an index of PostgreSQL is sure to take, in bytes. */
const longestCustomer = 2_000

/**
 * Writes events in your own transaction: with its commit they are sent, by any tracker or relay that has the outbox of this
 * schema, and with its rollback they have never been. The events are judged first, as a tracker does at the call; where one
 * of them cannot be sent, nothing is written.
 *
 * @param client a client of the package `pg`, or whatever has its `query(text, values)`, in the transaction
 * @throws (as the promise's rejection) ValidationError for an event that cannot be sent, ConfigurationError for a wrong option,
 * OutboxError where there is no such outbox or the user may not write to it; else what the client throws, as it is
 * @example
 * await client.query('BEGIN')
 * await client.query('INSERT INTO invoice (customer_id) VALUES ($1)', ['user123'])
 * await enqueue(client, [{ operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' }])
 * await client.query('COMMIT')
 */
export async function enqueue(
  client: PostgresClient,
  events: readonly EnqueuedEvent[],
  options: EnqueueOptions = {},
): Promise<void> {
  const { text, values } = enqueueStatement(events, options)
  if (events.length === 0) return
  try {
    await client.query(text, values)
  } catch (thrown) {
    throw isOfOutbox(thrown) ? outboxError(thrown, options.schema ?? defaultSchema) : thrown
  }
}

/**
 * Makes the statement that `enqueue` runs, for libraries that are given SQL within a transaction of theirs.
 *
 * @throws ValidationError for an event that cannot be sent; ConfigurationError for a wrong option
 * @example
 * const { strings, values } = enqueueStatement([{ operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' }])
 * await tx.execute(sql(strings, ...values))
 */
export function enqueueStatement(events: readonly EnqueuedEvent[], options: EnqueueOptions = {}): EnqueueStatement {
  const { schema = defaultSchema, ordered = false, environment } = options
  assertSchema('enqueue', schema)
  const rows = events.map((event) => rowOf(event, environment))
  const strings = [`SELECT "${schema}".enqueue(`, `::text::json${ordered ? ', true' : ''}) AS enqueued`]
  return {
    text: strings.join('$1'),
    values: [JSON.stringify(rows)],
    strings: Object.freeze(Object.assign(strings, { raw: Object.freeze([...strings]) })),
  }
}

/** @throws ValidationError also for what a tracker takes, and PostgreSQL has no way to store */
function rowOf(enqueued: EnqueuedEvent, given: Environment | undefined) {
  const { id, ...event } = Object(enqueued) as EnqueuedEvent
  const { customerId, operation, body, environment } = readEvent(event, { id, environment: given })
  if (customerId.includes('\0') || Buffer.byteLength(customerId) > longestCustomer) {
    throw new ValidationError([
      { path: 'customer_id', reason: `must have no zero character, and ${longestCustomer} bytes at the most` },
    ])
  }
  return { customer_id: customerId, operation, body, environment, id }
}

/** Tells what is wrong with the outbox from what befalls the transaction, which the caller's own code knows. */
function isOfOutbox(thrown: unknown): boolean {
  return ['3F000', '42501', '42883', '42P01'].includes(String((thrown as { code?: unknown } | null)?.code))
}
