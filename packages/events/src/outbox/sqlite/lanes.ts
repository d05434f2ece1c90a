import type { DatabaseSync } from 'node:sqlite'
import type { OutboxEntry, Key } from '../../event/event.ts'
import type { Claim, AppendResult, LaneOrder, Verdict, WaitingCustomer } from '../outbox.ts'
import { Claims } from './claims.ts'
import type { DeadLetters } from './dead-letters.ts'
import { deliveredIdOf, type DeliveredIds } from './delivered-ids.ts'
import { EntryRows, type ListedEntry } from './entry-row.ts'
import { type Head, Leases, type UnwrittenLane, UnwrittenLanes } from './unwritten.ts'
import { customerOf, WaitingLanes, type WaitingRow } from './waiting.ts'

/** Stored longer waits than this, which earlier versions allowed, end with the process. */
const longestWaitMs = 60_000
/** The pause before what could not be written is tried again, unless there is another call before. */
const againMs = 1_000

/**
 * The lanes: what is pending, in the line of lanes and the chain of entries of each. Every call is part of a transaction.
 *
 * | an entry is | becomes    | when                                                                                  |
 * |-------------|------------|---------------------------------------------------------------------------------------|
 * | –           | queued     | it is appended: a row of its own, linked to the tail of its lane                      |
 * | queued      | lent       | a claim finds it at the head of its lane, due; a lease is known to this process alone |
 * | lent        | queued     | it is released, its lease runs out, or the process ends                               |
 * | lent        | waiting    | it is to be tried again: its lane is due later, and counts the attempt                |
 * | waiting     | lent       | a claim finds its lane due                                                            |
 * | lent        | remembered | it is delivered: its row goes, and an id that was given stays for a time              |
 * | lent        | dead       | it is given up: its row goes to the dead letters                                      |
 * | dead        | queued     | it is replayed, at the tail of its lane                                               |
 * | queued, waiting | –      | it is removed                                                                         |
 * | any         | –          | its customer is forgotten                                                             |
 *
 * The end of an attempt that cannot be written is true in memory first: see {@link UnwrittenLanes}.
 */
export class Lanes {
  readonly #now: () => number
  readonly #leases = new Leases()
  readonly #unwritten = new UnwrittenLanes()
  readonly #deliveredIds: DeliveredIds
  readonly #dead: DeadLetters
  readonly #entries: EntryRows
  readonly #claims: Claims
  readonly #waiting: WaitingLanes
  readonly #sql: ReturnType<typeof prepare>
  /** Decides between lanes that come to the end of the line in the same millisecond: later than all that are stored. */
  #turns: number

  constructor(db: DatabaseSync, now: () => number, deliveredIds: DeliveredIds, dead: DeadLetters) {
    this.#now = now
    this.#deliveredIds = deliveredIds
    this.#dead = dead
    this.#entries = new EntryRows(db)
    this.#claims = new Claims(db, this.#leases, this.#unwritten, this.#entries)
    this.#waiting = new WaitingLanes(db)
    this.#sql = prepare(db)
    this.#turns = (this.#sql.lastTurn.get() as { turn: number }).turn + 1
  }

  /** Ends of attempts that could not be written. */
  get unwritten(): UnwrittenLanes {
    return this.#unwritten
  }

  /** Begins a transaction. */
  begin(): void {
    this.#leases.begin()
    this.#unwritten.begin()
  }

  /** Takes back what the transaction has changed in memory. */
  rollback(): void {
    this.#leases.rollback()
    this.#unwritten.rollback()
  }

  /**
   * A clock that was set back while nobody owned the file must not make any wait longer than it was, nor hide for how long
   * an entry is refused, nor for how long an id is remembered; and no lane waits long for what an earlier process was told.
   */
  shortenWaits(): void {
    const now = this.#now()
    this.#sql.shorten.run({ now, longest: longestWaitMs })
    this.#deliveredIds.shorten(now)
  }

  append(entry: OutboxEntry): AppendResult {
    this.#catchUp(entry.customerId)
    const fate = entry.hasMintedId ? undefined : this.#deliveredIds.fateOf(entry, this.#now())
    if (fate) return fate
    if (this.#add(entry)) return 'stored'
    return this.#entries.has(entry) ? 'pending' : 'taken'
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Claim[] {
    return this.#claims.claim(max, leaseMs, first, this.#now())
  }

  /** @returns whether the claim still held */
  settle(claim: Claim, verdict: Verdict): boolean {
    if (!this.#leases.holds(claim)) return false
    const { entry, head, seq } = claim
    const now = this.#now()
    if (verdict.kind === 'retry') {
      const wait = Math.ceil(verdict.afterMs)
      this.#wait(entry.customerId, retried(head, verdict.isRefusal ?? false, now), now + wait, wait)
    } else if (verdict.kind !== 'release') {
      if (verdict.kind === 'dead') this.#dead.add(entry, verdict, now)
      else if (!entry.hasMintedId) this.#deliveredIds.add(deliveredIdOf(entry), now)
      if (head.refusals > 0) this.#sql.pardon.run(entry.customerId)
      this.#takeHead(entry.customerId, seq)
    }
    this.#leases.end(entry.customerId)
    return true
  }

  /** Remembers how an attempt ended, where that cannot be written now. @returns whether the claim still held */
  remember(claim: Claim, verdict: Verdict): boolean {
    if (!this.#leases.holds(claim)) return false
    const now = this.#now()
    const { customerId } = claim.entry
    if (verdict.kind === 'retry') {
      const wait = Math.ceil(verdict.afterMs)
      this.#unwritten.retry(customerId, retried(claim.head, verdict.isRefusal ?? false, now), now + wait, wait)
    } else if (verdict.kind !== 'release') this.#unwritten.end(claim, verdict, now)
    this.#leases.end(customerId)
    return true
  }

  /** Writes what was remembered of some lanes, of `most` lanes and ends or one more lane. @returns which */
  writeUnwritten(most: number): string[] {
    const customers: string[] = []
    let written = 0
    for (const [customer, lane] of this.#unwritten) {
      this.#write(customer, lane)
      customers.push(customer)
      written += 1 + lane.ends.length
      if (written >= most) break
    }
    return customers
  }

  remove(key: Key): boolean {
    const { customerId } = key
    this.#catchUp(customerId)
    const lane = this.#sql.ends.get(customerId) as { head: number; tail: number; length: number } | undefined
    if (lane === undefined) return false
    const found = this.#entries.find(lane, key)
    if (found === undefined) return false
    if (found.seq === lane.head) {
      if (this.#leases.isLent(customerId, this.#now())) return false
      this.#leases.end(customerId)
      // The next one need not wait for its retry.
      this.#sql.pardon.run(customerId)
      this.#takeHead(customerId, found.seq)
    } else {
      const wasTail = this.#entries.take(found.seq, found.before)
      this.#sql.shrink.run(wasTail ? found.before : lane.tail, customerId)
    }
    return true
  }

  /** Lists entries in the order in which they came: those that are not ahead of the file. */
  list(limit: number, afterSeq: number): ListedEntry[] {
    return this.#entries.list(limit, afterSeq)
  }

  replay(ids: readonly string[]): number {
    let replayed = 0
    for (const letterId of ids) {
      const entry = this.#dead.entryOf(letterId)
      if (entry === undefined) continue
      this.#catchUp(entry.customerId)
      const now = this.#now()
      // One that is pending again, or was delivered since, stays a dead letter.
      const isDelivered = !entry.hasMintedId && this.#deliveredIds.has(entry, now)
      if (isDelivered || !this.#add({ ...entry, acceptedAt: now })) continue
      this.#dead.delete(letterId)
      replayed++
    }
    return replayed
  }

  forget(customerId: string): { pending: number; dead: number } {
    this.#catchUp(customerId)
    const lane = this.#sql.ends.get(customerId) as { head: number; length: number } | undefined
    if (lane) this.#entries.takeAll(lane.head)
    this.#sql.close.run(customerId)
    this.#leases.end(customerId)
    this.#deliveredIds.forget(customerId)
    return { pending: lane?.length ?? 0, dead: this.#dead.forget(customerId) }
  }

  dueInMs(): number {
    const now = this.#now()
    const dueInMs = Math.max(0, this.#claims.due(now) - now)
    return this.#unwritten.isEmpty ? dueInMs : Math.min(dueInMs, againMs)
  }

  pending(): number {
    return (this.#sql.count.get() as { pending: number }).pending - this.#unwritten.ends
  }

  waiting(limit: number): WaitingCustomer[] {
    const now = this.#now()
    const rows = this.#waiting.list(limit + this.#unwritten.size)
    const lanes = rows.flatMap((row) => this.#caughtUp(row)).slice(0, limit)
    return lanes.map((row) => Object.assign(customerOf(row, now), { isLent: this.#leases.isLent(row.customerId, now) }))
  }

  /** A lane as it is, where the file still shows it as it was; none where nothing of it is left. */
  #caughtUp(row: WaitingRow): WaitingRow[] {
    const lane = this.#unwritten.get(row.customerId)
    if (lane === undefined) return [row]
    const { ends, due } = lane
    const last = ends.at(-1)
    const head = last ? this.#entries.next(last.seq) : row.head
    if (head === undefined) return []
    const { acceptedAt: oldestAt, environment = 'test' } = this.#entries.read(head, 0).entry
    const { attempts } = lane.head
    return [{ ...row, head, environment, oldestAt, attempts, due, pending: row.pending - ends.length }]
  }

  /** Writes what was remembered of one lane: nothing else can be changed in it before. */
  #catchUp(customerId: string): void {
    const lane = this.#unwritten.isEmpty ? undefined : this.#unwritten.take(customerId)
    if (lane) this.#write(customerId, lane)
  }

  #write(customer: string, { ends, head, due, wait }: UnwrittenLane): void {
    if (ends.length > 0) this.#sql.pardon.run(customer)
    for (const { seq, deliveredId, verdict, at } of ends) {
      if (verdict.kind === 'dead') this.#dead.add(this.#entries.read(seq, at).entry, verdict, at)
      else if (deliveredId) this.#deliveredIds.add(deliveredId, at)
      this.#takeHead(customer, seq)
    }
    if (head.attempts > 0) this.#wait(customer, head, due, wait)
  }

  #add(entry: OutboxEntry): boolean {
    const { customerId } = entry
    const now = this.#now()
    const seq = this.#entries.add(entry, now)
    if (seq === undefined) return false
    if (this.#entries.linkToTail(customerId, seq)) this.#sql.grow.run(seq, customerId)
    else this.#sql.open.run(customerId, seq, seq, now, this.#turns++)
    return true
  }

  /** The head leaves, and the next one stands at the end of the line. */
  #takeHead(customerId: string, seq: number): void {
    const next = this.#entries.takeHead(seq)
    if (next === undefined) this.#sql.close.run(customerId)
    else this.#sql.turn.run(next, this.#now(), this.#turns++, customerId)
  }

  #wait(customer: string, head: Head, due: number, wait: number): void {
    const { attempts, refusals, refusedFirst, refusedLast } = head
    this.#sql.wait.run(due, this.#turns++, wait, attempts, refusals, refusedFirst, refusedLast, customer)
  }
}

/** The head of a lane after one more attempt. */
function retried(head: Head, isRefusal: boolean, now: number): Head {
  const attempts = head.attempts + 1
  if (!isRefusal) return { ...head, attempts }
  const refusedFirst = head.refusals === 0 ? now : head.refusedFirst
  return { attempts, refusals: head.refusals + 1, refusedFirst, refusedLast: now }
}

/** The statements that read and change the line of lanes. */
function prepare(db: DatabaseSync) {
  return {
    ends: db.prepare('SELECT head, tail, length FROM lane WHERE customer = ?'),
    open: db.prepare(
      'INSERT INTO lane (customer, head, tail, length, due, turn, wait, attempts) VALUES (?, ?, ?, 1, ?, ?, 0, 0)',
    ),
    grow: db.prepare('UPDATE lane SET tail = ?, length = length + 1 WHERE customer = ?'),
    shrink: db.prepare('UPDATE lane SET tail = ?, length = length - 1 WHERE customer = ?'),
    close: db.prepare('DELETE FROM lane WHERE customer = ?'),
    wait: db.prepare(
      `UPDATE lane SET due = ?, turn = ?, wait = ?, attempts = ?, refusals = ?, refused_first = ?, refused_last = ?
       WHERE customer = ?`,
    ),
    turn: db.prepare(
      'UPDATE lane SET head = ?, length = length - 1, due = ?, turn = ?, wait = 0, attempts = 0 WHERE customer = ?',
    ),
    // Apart, because it is rare: each column that is set costs every event.
    pardon: db.prepare(
      `UPDATE lane SET refusals = 0, refused_first = 0, refused_last = 0 WHERE customer = ? AND refusals > 0`,
    ),
    shorten: db.prepare(
      `UPDATE lane SET due = min(due, $now + min(wait, $longest)), wait = min(wait, $longest),
         refused_first = min(refused_first, $now), refused_last = min(refused_last, $now)
       WHERE due > $now AND (due > $now + min(wait, $longest) OR refused_last > $now)`,
    ),
    lastTurn: db.prepare('SELECT coalesce(max(turn), -1) AS turn FROM lane'),
    count: db.prepare('SELECT coalesce(sum(length), 0) AS pending FROM lane'),
  }
}
