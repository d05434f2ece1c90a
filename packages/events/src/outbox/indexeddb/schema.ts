import type { Environment, OutboxEntry } from '../../event/event.ts'
import type { DeadLetter, DeadLetterInfo } from '../outbox.ts'
import type { IdbDatabase } from './browser.ts'

/** A later version adds steps to `create`: what pages have stored is never thrown away. */
export const version = 1

/** A pending entry. Numbers grow, and none is given twice, so that a lane is in their order. */
export interface EntryRow extends Omit<OutboxEntry, 'environment'> {
  readonly seq: number
  readonly environment: string
  /** Its id, where nobody minted it: an index finds entries by it, and leaves those out that have none. */
  readonly givenId?: string
}

/** The head of a lane that has been tried in vain. Times of day, in milliseconds. */
export interface LaneRow {
  readonly customerId: string
  /** The number of the entry that was tried. */
  readonly head: number
  readonly due: number
  /** The length of its pause, which a clock that is set back must not make longer. */
  readonly wait: number
  readonly attempts: number
  readonly refusals: number
  readonly refusedFirst: number
  readonly refusedLast: number
}

/** A dead letter. `seq` is the number that its entry had. */
export interface DeadRow extends DeadLetterInfo, EntryRow {
  readonly number: number
  readonly diedAt: number
}

/** An id that was delivered, which it is not sent again for. */
export interface DeliveredRow {
  readonly customerId: string
  readonly environment: string
  readonly id: string
  readonly at: number
  readonly fingerprint: number
}

/** The end of an entry that has left without being delivered, for the tab that has stored it. No customer is named. */
export type EndRow = { readonly seq: number; readonly at: number } & (
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'dead'; readonly number: number }
)

export function entryOf({
  id,
  customerId,
  operation,
  body,
  acceptedAt,
  environment,
  hasMintedId,
}: EntryRow): OutboxEntry {
  const entry = { id, customerId, operation, body, acceptedAt, environment: environment as Environment }
  return hasMintedId ? { ...entry, hasMintedId } : entry
}

export function letterOf(row: DeadRow): DeadLetter {
  const { number, diedAt, reason, attempts, status, detail } = row
  const why = { reason, attempts, ...(status !== undefined && { status }), ...(detail !== undefined && { detail }) }
  return { id: String(number), entry: entryOf(row), diedAt, ...why }
}

/** The number of a dead letter; one that none has, where the text is no id of ours. */
export function numberOf(letterId: string): number {
  return /^\d{1,15}$/.test(letterId) ? Number(letterId) : -1
}

/** The identity of this database: one that was deleted and made anew has another. */
export interface IdentityRow {
  readonly key: 'identity'
  readonly value: string
}

export const stores = ['entry', 'lane', 'dead', 'delivered', 'end', 'meta'] as const

/** Makes the tables of a new database. */
export function create(db: IdbDatabase): void {
  const entry = db.createObjectStore('entry', { keyPath: 'seq', autoIncrement: true })
  entry.createIndex('lane', ['customerId', 'seq'])
  entry.createIndex('id', ['customerId', 'environment', 'givenId'])
  db.createObjectStore('lane', { keyPath: 'customerId' })
  db.createObjectStore('dead', { keyPath: 'number', autoIncrement: true }).createIndex('customer', 'customerId')
  db.createObjectStore('delivered', { keyPath: ['customerId', 'environment', 'id'] }).createIndex('at', 'at')
  db.createObjectStore('end', { keyPath: 'seq' })
  db.createObjectStore('meta', { keyPath: 'key' }).add({ key: 'identity', value: String(Math.random()) })
}
