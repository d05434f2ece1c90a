import type { Entry, Key } from '../../event/event.ts'
import type { DatabaseSync } from 'node:sqlite'
import type { Claim, Fate, First, Verdict } from '../outbox.ts'
import { type LaneAhead, LanesAhead } from './unwritten.ts'
import { SqliteChains, type StoredEvent } from './entries.ts'
import type { SqliteDeadLetters } from './dead-letters.ts'
import { laneStatements } from './lane-statements.ts'
import type { Head, Lease, Leases } from './claims.ts'
import type { SqliteSeen } from './delivered-ids.ts'

interface LaneRow {
  customer: string
  due: number
}

/** Stored longer waits than this, which earlier versions allowed, end with the process. */
const longestWaitMs = 60_000
/** Among how many lanes that are neither lent nor ahead of the file the one with the fewest attempts is looked for. */
const probeDepth = 1_000

/** What is pending: the line of lanes, and the chain of events of each. Every call is part of a transaction. */
export class SqliteLanes {
  readonly ahead = new LanesAhead()
  readonly #now: () => number
  readonly #leases: Leases
  readonly #seen: SqliteSeen
  readonly #dead: SqliteDeadLetters
  readonly #chains: SqliteChains
  readonly #sql: ReturnType<typeof laneStatements>
  /** Decides between lanes that come to the end of the line in the same millisecond: later than all that are stored. */
  #turns: number

  constructor(db: DatabaseSync, now: () => number, leases: Leases, seen: SqliteSeen, dead: SqliteDeadLetters) {
    this.#now = now
    this.#leases = leases
    this.#seen = seen
    this.#dead = dead
    this.#chains = new SqliteChains(db)
    this.#sql = laneStatements(db)
    this.#turns = (this.#sql.lastTurn.get() as { turn: number }).turn + 1
  }

  /**
   * A clock that was set back while nobody owned the file must not make any wait longer than it was, nor hide for how long
   * an entry is refused; and no lane waits long for what an earlier process was told.
   */
  shortenWaits(): void {
    this.#sql.shorten.run({ now: this.#now(), longest: longestWaitMs })
  }

  append(entry: Entry): Fate {
    this.#catchUp(entry.customerId)
    if (!entry.hasMintedId && this.#seen.has(entry)) return 'done'
    return this.#add(entry) ? 'stored' : 'pending'
  }

  claim(max: number, leaseMs: number, first: First): Claim[] {
    const now = this.#now()
    if (this.ahead.isFull) return []
    const customers = first === 'oldest' ? this.#line(max, now) : this.#probes(max, now)
    const leases = customers.map((customer) => this.#leaseOf(customer, now, leaseMs))
    leases.push(...this.#claimAhead(max - leases.length, now, leaseMs))
    for (const lease of leases) this.#leases.lend(lease)
    return leases
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
      else if (!entry.hasMintedId) this.#seen.add(entry, now)
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
      this.ahead.retry(customerId, retried(claim.head, verdict.isRefusal ?? false, now), now + wait, wait)
    } else if (verdict.kind !== 'release') this.ahead.end(claim, verdict, now)
    this.#leases.end(customerId)
    return true
  }

  /** Writes what was remembered of some lanes, of `most` lanes and ends or one more lane. @returns which */
  writeAhead(most: number): string[] {
    const customers: string[] = []
    let written = 0
    for (const [customer, lane] of this.ahead) {
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
    const found = this.#chains.find(lane, key)
    if (found === undefined) return false
    if (found.seq === lane.head) {
      if (this.#leases.isLent(customerId, this.#now())) return false
      this.#leases.end(customerId)
      // The next one need not wait for its retry.
      this.#sql.pardon.run(customerId)
      this.#takeHead(customerId, found.seq)
    } else {
      const wasTail = this.#chains.take(found.seq, found.before)
      this.#sql.shrink.run(wasTail ? found.before : lane.tail, customerId)
    }
    return true
  }

  replay(ids: readonly string[]): number {
    let replayed = 0
    for (const letterId of ids) {
      const entry = this.#dead.entryOf(letterId)
      if (entry) this.#catchUp(entry.customerId)
      if (entry === undefined || !this.#add({ ...entry, acceptedAt: this.#now() })) continue
      this.#dead.delete(letterId)
      replayed++
    }
    return replayed
  }

  forget(customerId: string): { pending: number; dead: number } {
    this.#catchUp(customerId)
    const lane = this.#sql.ends.get(customerId) as { head: number; length: number } | undefined
    if (lane) this.#chains.takeAll(lane.head)
    this.#sql.close.run(customerId)
    this.#leases.end(customerId)
    this.#seen.forget(customerId)
    return { pending: lane?.length ?? 0, dead: this.#dead.forget(customerId) }
  }

  dueInMs(): number {
    const now = this.#now()
    const due = Math.min(this.#firstDue(now), this.#firstDueAhead(now), this.#leases.nextEnd(now))
    return Math.max(0, due - now)
  }

  pending(): number {
    return (this.#sql.count.get() as { pending: number }).pending - this.ahead.ends
  }

  /** Writes what was remembered of one lane: nothing else can be changed in it before. */
  #catchUp(customerId: string): void {
    const lane = this.ahead.take(customerId)
    if (lane) this.#write(customerId, lane)
  }

  #write(customer: string, { ends, head, due, wait }: LaneAhead): void {
    if (ends.length > 0) this.#sql.pardon.run(customer)
    for (const { seq, key, hasMintedId, verdict, at } of ends) {
      if (verdict.kind === 'dead') this.#dead.add(this.#chains.read(seq, at).entry, verdict, at)
      else if (!hasMintedId) this.#seen.add(key, at)
      this.#takeHead(customer, seq)
    }
    if (head.attempts > 0) this.#wait(customer, head, due, wait)
  }

  #add(entry: Entry): boolean {
    const now = this.#now()
    const seq = this.#chains.add(entry, now)
    if (seq === undefined) return false
    const lane = this.#sql.ends.get(entry.customerId) as { tail: number } | undefined
    if (lane === undefined) this.#sql.open.run(entry.customerId, seq, seq, now, this.#turns++)
    else {
      this.#chains.link(lane.tail, seq)
      this.#sql.grow.run(seq, entry.customerId)
    }
    return true
  }

  /** The head leaves, and the next one stands at the end of the line. */
  #takeHead(customerId: string, seq: number): void {
    const next = this.#chains.takeHead(seq)
    if (next === undefined) this.#sql.close.run(customerId)
    else this.#sql.turn.run(next, this.#now(), this.#turns++, customerId)
  }

  /** Looked up by what is stored alone, so that nothing that only this process knows can hide a lane. */
  #line(max: number, now: number): string[] {
    const customers: string[] = []
    if (max < 1) return customers
    for (const { customer, due } of this.#walk()) {
      if (due > now) break
      if (this.#isFree(customer, now) && customers.push(customer) === max) break
    }
    return customers
  }

  #firstDue(now: number): number {
    for (const { customer, due } of this.#walk()) if (this.#isFree(customer, now)) return due
    return Infinity
  }

  /** The lanes, the one that waits longest first. */
  #walk(): Iterable<LaneRow> {
    return this.#sql.line.iterate() as Iterable<unknown> as Iterable<LaneRow>
  }

  #probes(max: number, now: number): string[] {
    const depth = probeDepth + this.#leases.size + this.ahead.size
    const lanes = this.#sql.probes.all(now, depth) as unknown as LaneRow[]
    const free = lanes.filter(({ customer }) => this.#isFree(customer, now))
    return free.slice(0, Math.max(0, max)).map(({ customer }) => customer)
  }

  #isFree(customer: string, now: number): boolean {
    return !this.#leases.isLent(customer, now) && !this.ahead.has(customer)
  }

  #leaseOf(customer: string, now: number, leaseMs: number): Lease {
    const head = this.#chains.readHead(customer, now)
    const { attempts, refusals } = head
    const fared = refusals > 0 ? (this.#sql.refused.get(customer) as unknown as Head) : unrefused(attempts)
    return this.#lease(head, fared, now, leaseMs)
  }

  #lease({ seq, entry, storedForMs }: StoredEvent, head: Head, now: number, leaseMs: number): Lease {
    const { attempts, refusals: count, refusedFirst, refusedLast } = head
    const until = now + leaseMs
    if (count === 0) return { entry, attempts, storedForMs, seq, head, until }
    const refusals = { count, sinceFirstMs: now - refusedFirst, sinceLastMs: now - refusedLast }
    return { entry, attempts, refusals, storedForMs, seq, head, until }
  }

  #claimAhead(max: number, now: number, leaseMs: number): Lease[] {
    const leases: Lease[] = []
    for (const [customer, lane] of this.ahead) {
      if (leases.length >= max) break
      const seq = lane.due <= now ? this.#freeAhead(customer, lane, now) : undefined
      if (seq !== undefined) leases.push(this.#lease(this.#chains.read(seq, now), lane.head, now, leaseMs))
    }
    return leases
  }

  #firstDueAhead(now: number): number {
    let first = Infinity
    for (const [customer, lane] of this.ahead) {
      if (lane.due < first && this.#freeAhead(customer, lane, now) !== undefined) first = lane.due
      if (first <= now) break
    }
    return first
  }

  /** The number of the head of a lane that is ahead of the file, if there is one and it is lent to nobody. */
  #freeAhead(customer: string, lane: LaneAhead, now: number): number | undefined {
    if (lane.isEmpty || this.#leases.isLent(customer, now)) return undefined
    const last = lane.ends.at(-1)
    const seq = last ? this.#chains.next(last.seq) : (this.#sql.head.get(customer) as { seq: number }).seq
    lane.isEmpty = seq === undefined
    return seq
  }

  #wait(customer: string, head: Head, due: number, wait: number): void {
    const { attempts, refusals, refusedFirst, refusedLast } = head
    this.#sql.wait.run(due, this.#turns++, wait, attempts, refusals, refusedFirst, refusedLast, customer)
  }
}

function unrefused(attempts: number): Head {
  return { attempts, refusals: 0, refusedFirst: 0, refusedLast: 0 }
}

/** The head of a lane after one more attempt. */
function retried(head: Head, isRefusal: boolean, now: number): Head {
  const attempts = head.attempts + 1
  if (!isRefusal) return { ...head, attempts }
  const refusedFirst = head.refusals === 0 ? now : head.refusedFirst
  return { attempts, refusals: head.refusals + 1, refusedFirst, refusedLast: now }
}
