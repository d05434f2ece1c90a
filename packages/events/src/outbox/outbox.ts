import type { Environment, Key, OutboxEntry } from '../event/event.ts'

/** An answer that memory has at once, and a disk or a network only later. */
export type MaybePromise<T> = T | PromiseLike<T>

/** The oldest entry of one customer, lent for one attempt. An outbox adds what it needs to know the lease by. */
export interface Claim {
  readonly entry: OutboxEntry
  /** Attempts that were made before. */
  readonly attempts: number
  /** The refusals that were counted against it, if any: see {@link Verdict}. */
  readonly refusals?: Refusals | undefined
  /** Milliseconds since this owner stored it; undefined for an entry that an earlier process left. */
  readonly storedForMs?: number | undefined
  /** Milliseconds for which its lane has been tried with nothing settled; only memory tells, which gives events up. */
  readonly failingForMs?: number | undefined
}

/** Refusals of one entry that were counted against it. Lengths, not moments: clocks differ and jump. */
export interface Refusals {
  readonly count: number
  /** Milliseconds since the first of them. */
  readonly sinceFirstMs: number
  /** Milliseconds since the last of them. */
  readonly sinceLastMs: number
}

/** Reasons for which an entry is given up: the API refused it for good, or it became older than the tracker's `maxAgeMs`. */
export type DeathReason = 'refused' | 'expired'

export interface DeadLetterInfo {
  readonly reason: DeathReason
  /** Attempts that were made in all. */
  readonly attempts: number
  /** The status of the last answer, where there was one. */
  readonly status?: number | undefined
  /** The text of the last answer, with no credential in it. */
  readonly detail?: string | undefined
}

/** An entry that was given up and is kept for a person to look at. */
export interface DeadLetter extends DeadLetterInfo {
  /** Its own, for paging and `replay`: the id of an event is unique only for its customer. */
  readonly id: string
  readonly entry: OutboxEntry
  /** The moment when it was given up: time of day, in milliseconds. */
  readonly diedAt: number
}

/** Decides about a claimed entry. */
export type Verdict =
  /** It leaves. Its id is remembered for a while. */
  | { readonly kind: 'delivered' }
  /**
   * It stays at the head of its lane and waits; one more attempt was made. With `isRefusal` one more refusal is counted
   * against it, which the next claim tells.
   */
  | { readonly kind: 'retry'; readonly afterMs: number; readonly isRefusal?: boolean }
  /** It stays at the head of its lane, due at once, as if it had never been lent. */
  | { readonly kind: 'release' }
  /** It leaves its lane for the dead letters. */
  | ({ readonly kind: 'dead' } & DeadLetterInfo)

/**
 * The fate of an entry that was appended: new; or of an id that its customer, there, has pending, has had delivered ('done'),
 * or has taken by an entry with another operation or body, pending or delivered. To know the latter an outbox keeps of what
 * was delivered a fingerprint at least.
 */
export type AppendResult = 'stored' | 'pending' | 'taken' | 'done'

/** The end of an entry that another owner of a shared outbox has brought about. */
export type EntryEnd = Key &
  ({ readonly kind: 'delivered' } | { readonly kind: 'forgotten' } | ({ readonly kind: 'dead' } & DeadLetterInfo))

/** Hears what the other owners of a shared outbox do. It is told in turns of their own, not within a call of the outbox. */
export interface OutboxNews {
  /** A claim may find something now, whatever `dueInMs` has said. */
  due(): void
  /**
   * Entries have ended that this owner has appended or replayed, or asked for by their ids, by what another owner did. Each
   * is told once, and none that this owner settles, removes or forgets.
   */
  ended(ends: readonly EntryEnd[]): void
}

/** The lanes that are lent first: those that wait longest, or those whose head has the fewest attempts. */
export type LaneOrder = 'oldest' | 'fewest-attempts'

/** A customer with pending entries. */
export interface WaitingCustomer {
  readonly customerId: string
  /** The environment that the oldest of them goes to. */
  readonly environment: Environment
  readonly pending: number
  /** The moment when the oldest of them was accepted: time of day, in milliseconds. */
  readonly oldestAt: number
  /** Attempts that were made for it. */
  readonly attempts: number
  /** Milliseconds until it may be attempted; 0 where it is due. */
  readonly dueInMs: number
  /** True while it is lent for an attempt. Only the process that owns the outbox knows: without it, it is not known. */
  readonly isLent?: boolean
}

/**
 * Keeps what is pending, in one lane a customer: a customer's entries are lent one at a time and in order; the lanes take
 * turns.
 *
 * Every wait is given as a length, never as a moment: clocks differ and jump. An outbox that fails rejects; it never
 * answers a call that it has not carried out.
 */
export interface Outbox {
  /** Tells whether what it keeps survives the process. If not, it need not know duplicates, dead letters or leases. */
  readonly durable: boolean
  /**
   * Keeps entries at the ends of their lanes, in the order given; calls take effect in the order they are made. A durable
   * one answers once every one of them survives a crash, and keeps all of them or none.
   *
   * @returns the fate of each
   */
  append(entries: readonly OutboxEntry[]): MaybePromise<readonly AppendResult[]>
  /**
   * Lends the oldest entries of up to `max` customers that are due and lent to nobody. What is not settled within
   * `leaseMs` may be lent again. 'fewest-attempts' holds among the lanes that wait longest, as far as looking is cheap.
   */
  claim(max: number, leaseMs: number, first: LaneOrder): MaybePromise<readonly Claim[]>
  /** @returns for each whether it was recorded: not where the lease had run out and the entry was lent again, or left */
  settle(verdicts: readonly (readonly [Claim, Verdict])[]): MaybePromise<readonly boolean[]>
  /** Milliseconds until a claim may find something more; Infinity where nothing waits. */
  dueInMs(): MaybePromise<number>
  /** The dead letters, oldest first, after the one with the id `afterId`. */
  dead(limit: number, afterId?: string): MaybePromise<readonly DeadLetter[]>
  /**
   * Puts dead letters back, with no attempts and accepted now, each at the end of its lane: their order is lost. One whose
   * event is pending again, or was delivered under its id since, stays where it is.
   *
   * @returns how many were put back
   */
  replay(ids: readonly string[]): MaybePromise<number>
  /** Takes out an entry that is not lent. @returns whether it was there */
  remove(entry: Key): MaybePromise<boolean>
  /** Erases whatever it keeps of a customer, lent or not, in one step. @returns how much that was */
  forget(customerId: string): MaybePromise<{ pending: number; dead: number }>
  /**
   * Lists customers with pending entries, the one with the oldest first, for a person who looks after it. An outbox may do
   * without.
   */
  waiting?(limit: number): MaybePromise<readonly WaitingCustomer[]>
  /** Counts what is pending, lent or not, and what is dead. */
  counts(): MaybePromise<{ pending: number; dead: number }>
  /**
   * Carries out what was asked before, and frees what it holds. Afterwards every call but this one is refused. One that
   * rejects has freed it too: it says what could not be kept. To call it again while it goes on says that nobody waits for
   * it any more.
   */
  close(): MaybePromise<void>
  /**
   * Tells what other owners do. Only an outbox that several share, such as tabs or machines, has it. The tracker calls it
   * before every other method, and again where it could not open the outbox. It then counts an entry where it was accepted
   * and where it ended, and not what the outbox held at the start, which is everybody's.
   */
  watch?(news: OutboxNews): void
}
