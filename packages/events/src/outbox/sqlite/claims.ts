import type { DatabaseSync } from 'node:sqlite'
import type { Claim, First } from '../outbox.ts'
import type { EntryRows, StoredEntry } from './entry-row.ts'
import type { Head, Lease, Leases, UnwrittenLane, UnwrittenLanes } from './unwritten.ts'

interface LaneRow {
  customer: string
  due: number
}

/** The number of lanes, neither lent nor ahead of the file, among which the one with the fewest attempts is looked for. */
const probeDepth = 1_000

/** Finds the lanes that are due and lends their heads. Every call is part of a transaction. */
export class Claims {
  readonly #leases: Leases
  readonly #unwritten: UnwrittenLanes
  readonly #entries: EntryRows
  readonly #sql: ReturnType<typeof prepare>

  constructor(db: DatabaseSync, leases: Leases, unwritten: UnwrittenLanes, entries: EntryRows) {
    this.#leases = leases
    this.#unwritten = unwritten
    this.#entries = entries
    this.#sql = prepare(db)
  }

  claim(max: number, leaseMs: number, first: First, now: number): Claim[] {
    if (this.#unwritten.isFull) return []
    const customers = first === 'oldest' ? this.#line(max, now) : this.#probes(max, now)
    const leases = customers.map((customer) => this.#leaseOf(customer, now, leaseMs))
    if (!this.#unwritten.isEmpty) leases.push(...this.#claimUnwritten(max - leases.length, now, leaseMs))
    for (const lease of leases) this.#leases.lend(lease)
    return leases
  }

  /** The moment when a claim may find something more, unless what is ahead of the file is written before. */
  due(now: number): number {
    if (this.#unwritten.isFull) return Infinity
    return Math.min(this.#firstDue(now), this.#firstUnwrittenDue(now), this.#leases.nextEnd(now))
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
    const depth = probeDepth + this.#leases.size + this.#unwritten.size
    const lanes = this.#sql.probes.all(now, depth) as unknown as LaneRow[]
    const free = lanes.filter(({ customer }) => this.#isFree(customer, now))
    return free.slice(0, Math.max(0, max)).map(({ customer }) => customer)
  }

  #isFree(customer: string, now: number): boolean {
    return !this.#leases.isLent(customer, now) && !this.#unwritten.has(customer)
  }

  #leaseOf(customer: string, now: number, leaseMs: number): Lease {
    const head = this.#entries.readHead(customer, now)
    const { attempts, refusals } = head
    const fared = refusals > 0 ? (this.#sql.refused.get(customer) as unknown as Head) : unrefused(attempts)
    return leaseFor(head, fared, now, leaseMs)
  }

  #claimUnwritten(max: number, now: number, leaseMs: number): Lease[] {
    const leases: Lease[] = []
    for (const [customer, lane] of this.#unwritten) {
      if (leases.length >= max) break
      const seq = lane.due <= now ? this.#freeHead(customer, lane, now) : undefined
      if (seq !== undefined) leases.push(leaseFor(this.#entries.read(seq, now), lane.head, now, leaseMs))
    }
    return leases
  }

  #firstUnwrittenDue(now: number): number {
    let first = Infinity
    for (const [customer, lane] of this.#unwritten) {
      if (lane.due < first && this.#freeHead(customer, lane, now) !== undefined) first = lane.due
      if (first <= now) break
    }
    return first
  }

  /** The number of the head of a lane that is ahead of the file, if there is one and it is lent to nobody. */
  #freeHead(customer: string, lane: UnwrittenLane, now: number): number | undefined {
    if (lane.isEmpty || this.#leases.isLent(customer, now)) return undefined
    const last = lane.ends.at(-1)
    const seq = last ? this.#entries.next(last.seq) : (this.#sql.head.get(customer) as { seq: number }).seq
    lane.isEmpty = seq === undefined
    return seq
  }
}

function leaseFor({ seq, entry, storedForMs }: StoredEntry, head: Head, now: number, leaseMs: number): Lease {
  const { attempts, refusals: count, refusedFirst, refusedLast } = head
  const until = now + leaseMs
  if (count === 0) return { entry, attempts, storedForMs, seq, head, until }
  const refusals = { count, sinceFirstMs: now - refusedFirst, sinceLastMs: now - refusedLast }
  return { entry, attempts, refusals, storedForMs, seq, head, until }
}

function unrefused(attempts: number): Head {
  return { attempts, refusals: 0, refusedFirst: 0, refusedLast: 0 }
}

function prepare(db: DatabaseSync) {
  return {
    line: db.prepare('SELECT customer, due FROM lane ORDER BY due, turn'),
    probes: db.prepare(
      `SELECT customer FROM (SELECT customer, due, turn, attempts FROM lane WHERE due <= ? ORDER BY due, turn LIMIT ?)
       ORDER BY attempts, due, turn`,
    ),
    head: db.prepare('SELECT head AS seq FROM lane WHERE customer = ?'),
    refused: db.prepare(
      `SELECT attempts, refusals, refused_first AS refusedFirst, refused_last AS refusedLast
       FROM lane WHERE customer = ?`,
    ),
  }
}
