import type { Entry } from './event.ts'

/** The oldest entry of one customer, lent for one attempt. */
export interface Claim {
  readonly entry: Entry
  /** Attempts that were made before. */
  readonly attempts: number
}

/** What becomes of a claimed entry: it leaves, or it stays at the head of its lane. */
export type Verdict = { kind: 'done' } | { kind: 'retry'; afterMs: number }

/**
 * Keeps what is owed, in one lane a customer: a customer's entries are lent one at a time and in order; the lanes take
 * turns.
 */
export interface Outbox {
  append(entry: Entry): void
  /**
   * The oldest entries of up to `max` customers that are due and lent to nobody, those that wait longest first, or those
   * with the fewest attempts.
   */
  claim(max: number, first: 'oldest' | 'fewest-attempts'): Claim[]
  /** Takes a claim back. A retry counts as an attempt. */
  settle(claim: Claim, verdict: Verdict): void
  /** Takes out an entry that is not lent. */
  remove(entry: Entry): boolean
  /** Milliseconds until the next entry becomes due; Infinity where none waits. */
  dueInMs(): number
}
