import { type Key, keyOf, type OutboxEntry } from '../../event/event.ts'
import { ClosedError } from '../../errors/errors.ts'
import { elapsedTime, startTimer, stopTimer, timeOfDay } from '../../platform/platform.ts'
import type { AppendResult, Claim, DeadLetter, EntryEnd, LaneOrder, Outbox, OutboxNews, Verdict } from '../outbox.ts'
import { Database } from './database.ts'
import { Group, type Work } from './group.ts'
import { HandedOver } from './handed-over.ts'
import type { Lanes, Lease } from './lanes.ts'
import { OwnEntries } from './own-entries.ts'
import { type Message, Ownership } from './ownership.ts'
import { entryOf, letterOf, numberOf } from './schema.ts'
import { appendAll, lend, readLanes, readNew, remember, replayAll, settleOne, type Stored } from './transactions.ts'

/** The pause between two looks at what other tabs have done, in case their messages get lost. */
const pollMs = 1_000

/**
 * Keeps what is pending in a database of the browser, which all tabs of an origin share. Each tab appends by itself; the
 * one that has the lock claims, and knows the lanes. It is opened at the first call.
 */
export class IndexedDbOutbox implements Outbox {
  readonly durable = true
  readonly #name: string
  readonly #rememberedIds: number
  readonly #database: Database
  readonly #group: Group
  readonly #ownership: Ownership
  readonly #handedOver: HandedOver
  readonly #own = new OwnEntries()
  /** The lanes, while this tab has the lock and has read what is stored. */
  #lanes: Lanes | undefined
  /** The number of ids that are remembered, as far as this tab knows. */
  #remembered = 0
  #news: OutboxNews | undefined
  #hasBegun = false
  #timer: unknown
  #closed: Promise<void> | undefined

  constructor(name: string, rememberedIds: number) {
    this.#name = name
    this.#rememberedIds = rememberedIds
    this.#database = new Database(name, () => this.#replaced())
    this.#group = new Group(this.#database, () => this.#open())
    this.#handedOver = new HandedOver(name)
    this.#ownership = new Ownership(name, {
      owned: () => this.#tellDue(),
      handOver: () => this.#handOver(),
      told: (message) => this.#told(message),
    })
  }

  watch(news: OutboxNews): void {
    this.#news = news
  }

  async append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    const { fates } = await this.#call({
      lasts: true,
      run: (tables) => appendAll(tables, entries, timeOfDay()),
      done: ({ own }) => this.#keep(own),
    })
    return fates
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    const leases: Lease[] = []
    return this.#call({
      reads: true,
      run: async (tables) => {
        const lanes = this.#ownership.isOwner ? this.#lanes : undefined
        if (lanes) await lend(tables, lanes, this.#own, { max, leaseMs, first }, leases)
        return leases
      },
      undo: () => {
        for (const lease of leases.splice(0)) this.#lanes?.takeBack(lease)
      },
    })
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    let remembered = 0
    return this.#call({
      run: async (tables, isTight) => {
        const now = timeOfDay()
        const answers: boolean[] = []
        for (const [claim, verdict] of verdicts) {
          const lease = claim as Lease
          const isHeld = (this.#lanes?.holds(lease) ?? false) || this.#handedOver.holds(lease)
          answers.push(isHeld && (await settleOne(tables, lease, verdict, now, isTight)))
        }
        const delivered = verdicts.flatMap(([{ entry }, { kind }], at) =>
          kind === 'delivered' && answers[at] ? entry : [],
        )
        const most = isTight ? 0 : this.#rememberedIds
        remembered = await remember(tables, delivered, this.#remembered, most, now)
        return answers
      },
      done: (answers) => {
        this.#remembered += remembered
        this.#settled(verdicts.filter((_, at) => answers[at]))
      },
    })
  }

  async dueInMs(): Promise<number> {
    const now = timeOfDay()
    // Another tab claims what waits, if any does.
    const due = this.#ownership.isOwner ? this.#lanes?.nextDue(now) : undefined
    return Math.max(0, (due ?? Infinity) - now)
  }

  async dead(limit: number, afterId = '0'): Promise<readonly DeadLetter[]> {
    const rows = await this.#call({ reads: true, run: (tables) => tables.deadAfter(numberOf(afterId), limit) })
    return rows.map((row) => letterOf(row))
  }

  async replay(ids: readonly string[]): Promise<number> {
    const own = await this.#call({
      lasts: true,
      run: (tables) => replayAll(tables, ids, timeOfDay()),
      done: (replayed) => this.#keep(replayed),
    })
    return own.length
  }

  async remove(key: Key): Promise<boolean> {
    const { customerId } = key
    const removed = await this.#call({
      lasts: true,
      run: async (tables) => {
        const rows = await tables.entriesOf(customerId)
        const at = rows.findIndex((row) => keyOf(entryOf(row)) === keyOf(key))
        const row = rows[at]
        // Only the tab that claims knows whether a head is lent.
        const isLent = at === 0 && (this.#lanes?.isLent(customerId, timeOfDay()) ?? true)
        if (row === undefined || isLent) return undefined
        tables.take(row.seq)
        if (at === 0) tables.deleteLane(customerId)
        return { seq: row.seq, isHead: at === 0 }
      },
      done: (taken) => {
        if (taken) this.#own.delete(customerId, taken.seq)
        if (taken?.isHead) this.#lanes?.restart(customerId, timeOfDay())
      },
    })
    return removed !== undefined
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const { forgotten } = await this.#call({
      lasts: true,
      run: async (tables) => {
        // What has ended before is told as it ended.
        const ended = await this.#own.ended(tables)
        return { ended, forgotten: await tables.forget(customerId, timeOfDay()) }
      },
      done: ({ ended }) => {
        this.#tellEnds(this.#own.takeOut(ended))
        this.#own.forget(customerId)
        this.#lanes?.close(customerId)
        this.#ownership.tell('ended')
      },
    })
    return forgotten
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#call({ reads: true, run: (tables) => tables.counts() })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #call<T>(work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new ClosedError(`The outbox ${this.#name} was closed: make a new one.`))
    return this.#group.add(work)
  }

  /** Makes ready what a group of calls needs. */
  async #open(): Promise<void> {
    await this.#database.open()
    if (!this.#hasBegun) {
      await this.#ownership.begin()
      this.#hasBegun = true
      this.#poll()
    }
    if (this.#ownership.isOwner && this.#lanes === undefined) await this.#takeOver()
  }

  /** Reads the lanes, since this tab has got the lock. */
  async #takeOver(): Promise<void> {
    const elsewhere = await this.#handedOver.customers()
    const now = timeOfDay()
    this.#lanes = await this.#database.transact('readwrite', false, async (tables) => {
      this.#remembered = await tables.remembered()
      return readLanes(tables, elsewhere, now)
    })
    for (const customerId of elsewhere) void this.#awaitLane(customerId).catch(() => undefined)
  }

  /** Takes over a lane whose head was still in flight in the tab that had the lock before. */
  async #awaitLane(customerId: string): Promise<void> {
    await this.#handedOver.freed(customerId)
    await this.#call({
      reads: true,
      run: (tables) => Promise.all([tables.lane(customerId), tables.headOf(customerId)]),
      done: ([row, head]) => this.#lanes?.restore(customerId, row, head?.seq, timeOfDay()),
    })
    this.#tellDue()
  }

  /** Claims nothing any more. What is in flight goes on, and is settled here. */
  async #handOver(): Promise<void> {
    let leases: Lease[] = []
    const left = (): void => {
      leases = this.#lanes?.leases(timeOfDay()) ?? []
      this.#lanes = undefined
    }
    // Not in the midst of a claim.
    await this.#group.add({ reads: true, run: () => undefined, done: left }).catch(left)
    await this.#handedOver.keep(leases)
  }

  #settled(verdicts: readonly (readonly [Claim, Verdict])[]): void {
    const now = timeOfDay()
    let isOfOthers = false
    for (const [claim, verdict] of verdicts) {
      const lease = claim as Lease
      this.#lanes?.settled(lease, verdict, now)
      this.#handedOver.end(lease)
      if (verdict.kind === 'retry' || verdict.kind === 'release') continue
      if (!this.#own.delete(lease.row.customerId, lease.row.seq)) isOfOthers = true
    }
    if (isOfOthers) this.#ownership.tell('ended')
  }

  #keep(stored: readonly Stored[]): void {
    for (const { seq, entry } of stored) this.#own.add(seq, entry, elapsedTime())
    if (stored.length > 0) this.#ownership.tell('stored')
  }

  #told(message: Message): void {
    if (message === 'stored' && this.#ownership.isOwner) this.#tellDue()
    if (message === 'ended') this.#look()
  }

  /** Looks for entries of this tab that others have brought to their end. */
  #look(): void {
    if (this.#own.isEmpty || this.#closed) return
    const looked = this.#call({
      reads: true,
      run: (tables) => this.#own.ended(tables),
      done: (ended) => this.#tellEnds(this.#own.takeOut(ended)),
    })
    looked.catch(() => undefined)
  }

  /** Looks again and again: a message may get lost. */
  #poll(): void {
    this.#timer = startTimer(() => {
      this.#poll()
      this.#ownership.poll()
      if (this.#ownership.isOwner) this.#lookForNew()
      else this.#look()
    }, pollMs)
  }

  #lookForNew(): void {
    const looked = this.#call({
      reads: true,
      run: (tables) => (this.#lanes ? readNew(tables, this.#lanes, timeOfDay()) : false),
      done: (isNew) => isNew && this.#tellDue(),
    })
    looked.catch(() => undefined)
  }

  /** The database is gone: the user has cleared the data of the site, or the page has deleted the database. */
  #replaced(): void {
    this.#lanes = undefined
    this.#tellEnds(this.#own.clear())
  }

  #tellDue(): void {
    if (!this.#closed) this.#news?.due()
  }

  #tellEnds(ends: readonly EntryEnd[]): void {
    if (ends.length > 0 && !this.#closed) this.#news?.ended(ends)
  }

  async #close(): Promise<void> {
    stopTimer(this.#timer)
    await this.#group.idle()
    this.#ownership.end()
    this.#handedOver.clear()
    this.#database.close()
  }
}
