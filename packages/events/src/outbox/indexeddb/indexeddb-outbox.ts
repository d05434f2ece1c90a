import { type Key, keyOf, type OutboxEntry } from '../../event/event.ts'
import { ClosedError } from '../../errors/errors.ts'
import { elapsedTime, startTimer, stopTimer, timeOfDay } from '../../platform/platform.ts'
import type { AppendResult, Claim, DeadLetter, EntryEnd, LaneOrder, Outbox, OutboxNews, Verdict } from '../outbox.ts'
import { Claims } from './claims.ts'
import { Database } from './database.ts'
import { Group, type Work } from './group.ts'
import type { Lease } from './lanes.ts'
import { OwnEntries } from './own-entries.ts'
import type { Message } from './ownership.ts'
import { entryOf, letterOf, numberOf } from './schema.ts'
import { appendAll, remember, replayAll, settleOne, type Stored } from './transactions.ts'

/** The pause between two looks at what other tabs have done, in case their messages get lost. */
const pollMs = 1_000

/** Defaults of the options of `indexedDbOutbox`. */
export const defaults = { rememberedIds: 10_000 }

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
  readonly #claims: Claims
  readonly #own = new OwnEntries()
  /** The number of ids that are remembered, as far as this tab knows. */
  #remembered = 0
  #news: OutboxNews | undefined
  #timer: unknown
  #closed: Promise<void> | undefined

  constructor(name: string, rememberedIds: number) {
    this.#name = name
    this.#rememberedIds = rememberedIds
    this.#database = new Database(name, () => this.#replaced())
    this.#group = new Group(this.#database, () => this.#open())
    this.#claims = new Claims(name, this.#database, this.#group, {
      due: () => this.#tellDue(),
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
        await this.#claims.lend(tables, this.#own, { max, leaseMs, first }, leases)
        return leases
      },
      undo: () => this.#claims.takeBack(leases.splice(0)),
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
          answers.push(this.#claims.holds(lease) && (await settleOne(tables, lease, verdict, now, isTight)))
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
        this.#settled(verdicts, answers)
      },
    })
  }

  async dueInMs(): Promise<number> {
    const now = timeOfDay()
    // Another tab claims what waits, if any does.
    return Math.max(0, this.#claims.nextDue(now) - now)
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
        const isLent = at === 0 && this.#claims.mayBeLent(customerId, timeOfDay())
        if (row === undefined || isLent) return undefined
        tables.take(row.seq)
        if (at === 0) tables.deleteLane(customerId)
        return { seq: row.seq, isHead: at === 0 }
      },
      done: (taken) => {
        if (taken) this.#own.delete(customerId, taken.seq)
        if (taken?.isHead) this.#claims.restart(customerId, timeOfDay())
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
        this.#claims.forget(customerId)
        this.#claims.tell('ended')
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
    await this.#claims.begin((count) => (this.#remembered = count))
    if (this.#timer === undefined && !this.#closed) this.#poll()
  }

  #settled(verdicts: readonly (readonly [Claim, Verdict])[], answers: readonly boolean[]): void {
    const now = timeOfDay()
    let isOfOthers = false
    for (const [at, [claim, verdict]] of verdicts.entries()) {
      const lease = claim as Lease
      this.#claims.settled(lease, verdict, answers[at] ?? false, now)
      const hasLeft = answers[at] && (verdict.kind === 'delivered' || verdict.kind === 'dead')
      if (hasLeft && !this.#own.delete(lease.row.customerId, lease.row.seq)) isOfOthers = true
    }
    if (isOfOthers) this.#claims.tell('ended')
  }

  #keep(stored: readonly Stored[]): void {
    for (const { seq, entry } of stored) this.#own.add(seq, entry, elapsedTime())
    if (stored.length > 0) this.#claims.tell('stored')
  }

  #told(message: Message): void {
    if (message === 'stored' && this.#claims.isOwner) this.#tellDue()
    if (message === 'ended') this.#look()
  }

  /** Looks for entries of this tab that others have brought to their end. */
  #look(): void {
    if (this.#own.isEmpty) return
    this.#callForNobody({
      reads: true,
      run: (tables) => this.#own.ended(tables),
      done: (ended) => this.#tellEnds(this.#own.takeOut(ended)),
    })
  }

  /** Looks again and again: a message may get lost. */
  #poll(): void {
    this.#timer = startTimer(() => {
      this.#poll()
      this.#claims.poll()
      if (this.#claims.isOwner) this.#lookForNew()
      this.#look()
    }, pollMs)
  }

  #lookForNew(): void {
    this.#callForNobody({
      reads: true,
      run: (tables) => this.#claims.readNew(tables),
      done: (isNew) => isNew && this.#tellDue(),
    })
  }

  #callForNobody<T>(work: Work<T>): void {
    this.#call(work).catch(() => undefined)
  }

  /** The database was made anew: the user has cleared the data of the site, or the page has deleted the database. */
  #replaced(): void {
    this.#claims.reset()
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
    this.#claims.end()
    this.#database.close()
  }
}
