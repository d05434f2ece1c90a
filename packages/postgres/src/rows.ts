import type { Environment, Operation } from '@obsidianlaunch/events'
import type {
  Claim,
  DeadLetter,
  DeathReason,
  EntryEnd,
  OutboxEntry,
  WaitingCustomer,
} from '@obsidianlaunch/events/outbox-kit'
import type { Row } from './database.ts'

/** A lent entry. Its number is a text: it may be larger than a number here is exact. */
export interface Lease extends Claim {
  readonly token: string
  readonly seq: string
}

export function leaseOf(row: Row): Lease {
  const { token, seq, attempts, refusals, stored_for, since_first, since_last } = row
  const count = refusals as number
  const refused = { count, sinceFirstMs: atLeast0(since_first), sinceLastMs: atLeast0(since_last) }
  return {
    token: token as string,
    seq: seq as string,
    entry: entryOf(row),
    attempts: attempts as number,
    storedForMs: stored_for === null ? undefined : atLeast0(stored_for),
    ...(count > 0 && { refusals: refused }),
  }
}

export function entryOf(row: Row): OutboxEntry {
  const entry = {
    id: row['id'] as string,
    customerId: row['customer_id'] as string,
    operation: row['operation'] as Operation,
    body: row['body'] as string,
    acceptedAt: Number(row['accepted_at']),
    environment: row['environment'] as Environment,
  }
  return row['has_minted_id'] === true ? { ...entry, hasMintedId: true } : entry
}

export function letterOf(row: Row): DeadLetter {
  return { id: String(row['number']), entry: entryOf(row), diedAt: Number(row['died_at_ms']), ...deathOf(row) }
}

export function customerOf(row: Row): WaitingCustomer {
  return {
    customerId: row['customer_id'] as string,
    environment: row['environment'] as WaitingCustomer['environment'],
    pending: Number(row['pending']),
    oldestAt: Number(row['oldest_at']),
    attempts: row['attempts'] as number,
    dueInMs: row['due_in'] as number,
    isLent: row['is_lent'] as boolean,
  }
}

/** The end of an entry that another owner has brought about. */
export function endOf(row: Row): EntryEnd {
  const key = {
    customerId: row['customer_id'] as string,
    id: row['id'] as string,
    environment: row['environment'] as Environment,
  }
  const kind = row['kind'] as EntryEnd['kind']
  return kind === 'dead' ? { ...key, kind, ...deathOf(row) } : { ...key, kind }
}

function deathOf({ reason, attempts, status, detail }: Row) {
  return {
    reason: reason as DeathReason,
    attempts: attempts as number,
    ...(status !== null && { status: status as number }),
    ...(detail !== null && { detail: detail as string }),
  }
}

/** A clock of the server that was set back makes nothing negative. */
function atLeast0(ms: unknown): number {
  return Math.max(0, ms as number)
}

/** The number of a dead letter; one that none has, where the text is no id of ours. */
export function numberOf(letterId: string): string {
  return /^\d{1,18}$/.test(letterId) ? letterId : '-1'
}
