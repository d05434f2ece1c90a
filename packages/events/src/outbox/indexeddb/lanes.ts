import { entryOf, type EntryRow, type LaneRow } from './schema.ts'
import type { Claim, LaneOrder, Verdict } from '../outbox.ts'

/** So far a clock may be moved without a word, as clocks are that follow others. */
const clockToleranceMs = 1_000

/** A lent entry. */
export interface Lease extends Claim {
  readonly row: EntryRow
  until: number
  readonly leaseMs: number
  /** The attempts that were made at its entry before. */
  readonly fared: Fared
}

type Fared = Pick<LaneRow, 'attempts' | 'refusals' | 'refusedFirst' | 'refusedLast'>

interface Lane extends Fared {
  readonly customerId: string
  due: number
  wait: number
  turn: number
  /** The number of the entry that was tried in vain, if any: the database knows of it. */
  head: number | undefined
  attempts: number
  refusals: number
  refusedFirst: number
  refusedLast: number
  lease: Lease | undefined
  /** Its head is in flight in the tab that had the lanes before. */
  isElsewhere: boolean
}

const untried = { attempts: 0, refusals: 0, refusedFirst: 0, refusedLast: 0 }

/**
 * The lanes of the tab that owns the claims: which customers have entries, and when each may go on. It is made from what is
 * stored when the tab takes the lanes over, and gone when it gives them up.
 *
 * | a lane is | becomes | when                                                                               |
 * |-----------|---------|------------------------------------------------------------------------------------|
 * | –         | ready   | somebody has appended for its customer                                             |
 * | ready     | lent    | a claim finds it due, and its head in the database                                 |
 * | lent      | ready   | its head is delivered, dead or released; its lease runs out                        |
 * | lent      | waiting | its head is to be tried again: it is due later                                     |
 * | waiting   | lent    | a claim finds it due                                                               |
 * | ready     | –       | a claim finds no head                                                              |
 * | elsewhere | ready   | the tab that had the lanes before has settled its head, or is gone                 |
 * | any       | –       | its customer is forgotten                                                          |
 */
export class Lanes {
  /** The last entry that was looked at. */
  lastSeq: number
  readonly #lanes = new Map<string, Lane>()
  #turns = 0
  #latest = 0

  constructor(heads: readonly (readonly [string, number])[], rows: readonly LaneRow[], now: number) {
    this.lastSeq = 0
    this.#latest = now
    const stored = new Map(rows.map((row) => [row.customerId, row]))
    for (const [customerId, seq] of heads) this.#restore(customerId, stored.get(customerId), seq, now)
  }

  /** A lane that was left to another tab is read again; `seq` is the number of its head, if there is one. */
  restore(customerId: string, row: LaneRow | undefined, seq: number | undefined, now: number): void {
    if (!this.#lanes.get(customerId)?.isElsewhere) return
    this.#lanes.delete(customerId)
    if (seq !== undefined) this.#restore(customerId, row, seq, now)
  }

  /** Somebody has appended for a customer. */
  add(customerId: string, now: number): void {
    if (!this.#lanes.has(customerId)) this.#open(customerId, now)
  }

  close(customerId: string): void {
    this.#lanes.delete(customerId)
  }

  /** The head of a lane was taken out: the next one need not wait. */
  restart(customerId: string, now: number): void {
    const lane = this.#lanes.get(customerId)
    if (lane) this.#goOn(lane, now)
  }

  /** The head of a lane is in flight in another tab, until `restore`. */
  leave(customerId: string): void {
    const lane = this.#lanes.get(customerId)
    if (lane) lane.isElsewhere = true
  }

  /** Lanes that are due and lent to nobody, the ones that are to go first. */
  due(max: number, first: LaneOrder, now: number): string[] {
    this.#watchClock(now)
    const free = [...this.#lanes.values()].filter((lane) => readyAt(lane) <= now)
    const ordered = free.toSorted(first === 'oldest' ? byTurn : byAttempts)
    return ordered.slice(0, Math.max(0, max)).map(({ customerId }) => customerId)
  }

  /** The moment when the next lane is due. */
  nextDue(now: number): number {
    this.#watchClock(now)
    let next = Infinity
    for (const lane of this.#lanes.values()) next = Math.min(next, readyAt(lane))
    return next
  }

  lend(row: EntryRow, storedForMs: number | undefined, now: number, leaseMs: number): Lease {
    const { customerId, seq } = row
    const lane = this.#lanes.get(customerId) ?? this.#open(customerId, now)
    // Another tab has taken out the one that was tried.
    if (lane.head !== undefined && lane.head !== seq) this.#goOn(lane, now)
    const { attempts, refusals: count, refusedFirst, refusedLast } = lane
    const refusals = { count, sinceFirstMs: now - refusedFirst, sinceLastMs: now - refusedLast }
    const fared = { attempts, refusals: count, refusedFirst, refusedLast }
    const lease = { entry: entryOf(row), attempts, storedForMs, row, fared, until: now + leaseMs, leaseMs }
    lane.lease = count > 0 ? { ...lease, refusals } : lease
    return lane.lease
  }

  /** Takes a claim back that nobody has heard of. */
  takeBack(lease: Lease): void {
    const lane = this.#lanes.get(lease.row.customerId)
    if (lane?.lease === lease) lane.lease = undefined
  }

  holds(lease: Lease): boolean {
    return this.#lanes.get(lease.row.customerId)?.lease === lease
  }

  /** Tells whether the head of a lane is lent, here or in the tab that had the lanes before. */
  isLent(customerId: string, now: number): boolean {
    const lane = this.#lanes.get(customerId)
    return lane !== undefined && (lane.isElsewhere || (lane.lease !== undefined && lane.lease.until > now))
  }

  leases(now: number): Lease[] {
    const leases = [...this.#lanes.values()].flatMap(({ lease }) => lease ?? [])
    return leases.filter(({ until }) => until > now)
  }

  /** A lease has ended. */
  settled({ row: { customerId, seq }, fared }: Lease, verdict: Verdict, now: number): void {
    const lane = this.#lanes.get(customerId)
    if (lane === undefined) return
    lane.lease = undefined
    if (verdict.kind === 'retry') Object.assign(lane, retried(customerId, seq, fared, verdict, now), this.#turn())
    else if (verdict.kind !== 'release') this.#goOn(lane, now)
  }

  /** Puts a lane back as it is stored, if its head is still the one that was tried. */
  #restore(customerId: string, row: LaneRow | undefined, seq: number, now: number): void {
    const lane = this.#open(customerId, 0)
    if (row?.head !== seq) return
    const { head, due, wait, attempts, refusals, refusedFirst, refusedLast } = row
    Object.assign(lane, { head, due, wait, attempts, refusals, refusedFirst, refusedLast })
    shorten(lane, now)
  }

  /** The head has left: the next one stands at the end of the line. */
  #goOn(lane: Lane, now: number): void {
    Object.assign(lane, untried, { head: undefined, due: now, wait: 0, lease: undefined }, this.#turn())
  }

  #open(customerId: string, due: number): Lane {
    const more = { head: undefined, wait: 0, lease: undefined, isElsewhere: false }
    const lane: Lane = { customerId, due, ...untried, ...more, ...this.#turn() }
    this.#lanes.set(customerId, lane)
    return lane
  }

  #turn(): { turn: number } {
    return { turn: this.#turns++ }
  }

  /** A clock that was set back must not make a pause longer. */
  #watchClock(now: number): void {
    if (now < this.#latest - clockToleranceMs) for (const lane of this.#lanes.values()) shorten(lane, now)
    this.#latest = now
  }
}

/** The lane after one more attempt at its head. */
export function retried(
  customerId: string,
  head: number,
  fared: Fared,
  { afterMs, isRefusal = false }: Extract<Verdict, { kind: 'retry' }>,
  now: number,
): LaneRow {
  const wait = Math.ceil(afterMs)
  const row = { customerId, head, due: now + wait, wait, ...fared, attempts: fared.attempts + 1 }
  if (!isRefusal) return row
  const refusedFirst = fared.refusals === 0 ? now : fared.refusedFirst
  return { ...row, refusals: fared.refusals + 1, refusedFirst, refusedLast: now }
}

function readyAt({ due, lease, isElsewhere }: Lane): number {
  if (isElsewhere) return Infinity
  return lease === undefined ? due : Math.max(due, lease.until)
}

function shorten(lane: Lane, now: number): void {
  lane.due = Math.min(lane.due, now + lane.wait)
  lane.refusedFirst = Math.min(lane.refusedFirst, now)
  lane.refusedLast = Math.min(lane.refusedLast, now)
  if (lane.lease) lane.lease.until = Math.min(lane.lease.until, now + lane.lease.leaseMs)
}

function byTurn(one: Lane, other: Lane): number {
  return one.due - other.due || one.turn - other.turn
}

function byAttempts(one: Lane, other: Lane): number {
  return one.attempts - other.attempts || byTurn(one, other)
}
