import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { ClosedError } from '@obsidianlaunch/events'
import type {
  AppendResult,
  Claim,
  DeadLetter,
  LaneOrder,
  Outbox,
  OutboxEntry,
  OutboxNews,
  Verdict,
  WaitingCustomer,
} from '@obsidianlaunch/events/outbox-kit'
import { columnsOfEntries, columnsOfLetters, columnsOfSettlings, type Settling } from './columns.ts'
import { Database, type Row } from './database.ts'
import { isOfOneEntry, isPassing } from './errors.ts'
import { Group } from './group.ts'
import { assertStorable, longestMs } from './limits.ts'
import { NewsWatch } from './news.ts'
import type { Settings } from './options.ts'
import type { PostgresPool } from './pool.ts'
import { customerOf, type Lease, leaseOf, letterOf, numberOf } from './rows.ts'
import { assertUsable } from './schema/version.ts'
import { Tidier } from './tidier.ts'

type Key = Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>

/** The events of one customer are counted so far, for somebody who looks on: to count more would take long. */
const countedEvents = 1_000
/** More need not be asked for, and would be no integer of PostgreSQL's. */
const mostRows = 2 ** 31 - 1

/** Keeps what is pending in a schema of a database, which many processes share. Each of them appends, and each sends. */
export class PostgresOutbox implements Outbox {
  readonly durable = true
  /** The name by which the others know whose events these are. */
  readonly #owner = randomUUID()
  readonly #database: Database
  readonly #rememberMs: number
  readonly #timeoutMs: number
  readonly #tidier: Tidier
  readonly #appending: Group<OutboxEntry, AppendResult>
  readonly #settling: Group<Settling, boolean>
  /** Leases that nobody has begun to settle. */
  readonly #lent = new Set<Lease>()
  #claiming: Promise<unknown> | undefined
  #opening: Promise<void> | undefined
  #watch: NewsWatch | undefined
  #closing: Promise<void> | undefined

  constructor(source: PostgresPool | string, settings: Settings) {
    this.#database = new Database(source, settings)
    this.#rememberMs = settings.rememberMs
    this.#timeoutMs = settings.timeoutMs
    this.#tidier = new Tidier(this.#database, settings.rememberMs)
    this.#appending = new Group((entries) => this.#appendAll(entries), isOfOneEntry)
    this.#settling = new Group((settlings) => this.#settleSurely(settlings))
  }

  watch(news: OutboxNews): void {
    if (this.#closing === undefined) this.#watch ??= new NewsWatch(this.#database, this.#owner, news, this.#rememberMs)
  }

  async append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    this.#assertOpen()
    for (const { customerId, id, body } of entries) assertStorable([customerId, id, body], this.#database.schema)
    return entries.length === 0 ? [] : this.#appending.add(entries)
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    const claiming = this.#claim(max, leaseMs, first)
    // Without the answers: each would keep those before it.
    this.#claiming = Promise.allSettled([this.#claiming, claiming]).then(() => undefined)
    return claiming
  }

  async #claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    await this.#open()
    const most = Math.min(max, mostRows)
    const lease = Math.min(leaseMs, longestMs)
    const rows = await this.#database.call('claim', [this.#owner, most, lease, first === 'fewest-attempts'])
    const leases = rows.map(leaseOf)
    for (const lent of leases) this.#lent.add(lent)
    return leases
  }

  async settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    this.#assertOpen()
    const settlings = verdicts as readonly Settling[]
    for (const [lease] of settlings) this.#lent.delete(lease)
    return settlings.length === 0 ? [] : this.#settling.add(settlings)
  }

  async dueInMs(): Promise<number> {
    await this.#open()
    const [row] = await this.#database.call('due_in', [])
    return (row?.['due_in'] as number | null | undefined) ?? Infinity
  }

  async dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    await this.#open()
    const most = Math.min(limit, mostRows)
    const rows = await this.#database.ask(
      'dead',
      `SELECT *, extract(epoch FROM died_at) * 1000 AS died_at_ms FROM "${this.#database.schema}".dead
      WHERE number > $1 ORDER BY number LIMIT $2`,
      [afterId === undefined ? '-1' : numberOf(afterId), most],
    )
    return rows.map(letterOf)
  }

  async replay(ids: readonly string[]): Promise<number> {
    await this.#inOrder()
    return Number(only(await this.#database.call('replay', [this.#owner, ids.map(numberOf)]))['replay'])
  }

  async remove({ customerId, environment = 'test', id }: Key): Promise<boolean> {
    await this.#inOrder()
    const rows = await this.#database.call('remove', [this.#owner, customerId, environment, id])
    return only(rows)['remove'] === true
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    await this.#inOrder()
    try {
      assertStorable([customerId], this.#database.schema)
      const { pending, dead } = only(await this.#database.call('erase', [this.#owner, customerId]))
      return { pending: Number(pending), dead: Number(dead) }
    } catch (error) {
      // Nothing is there of whom it cannot store.
      if (isOfOneEntry(error)) return { pending: 0, dead: 0 }
      throw error
    }
  }

  /** Exact as far as a million: to count more would take long. */
  async counts(): Promise<{ pending: number; dead: number }> {
    await this.#open()
    const rows = await this.#database.call('counts', [])
    const { pending, dead } = only(rows)
    return { pending: Number(pending), dead: Number(dead) }
  }

  async waiting(limit: number): Promise<readonly WaitingCustomer[]> {
    await this.#open()
    const rows = await this.#database.call('waiting', [Math.min(limit, mostRows), countedEvents])
    return rows.map(customerOf)
  }

  /** Stores dead letters as they are, under numbers of their own. To repeat it changes nothing. */
  async takeOver(letters: readonly DeadLetter[]): Promise<void> {
    const entries = letters.map(({ entry }) => entry)
    for (const { customerId, id, body } of entries) assertStorable([customerId, id, body], this.#database.schema)
    await this.#open()
    await this.#database.call('take_over', columnsOfLetters(letters))
  }

  close(): Promise<void> {
    if (this.#closing === undefined) this.#closing = this.#close()
    // Nobody waits for it any more.
    else this.#database.giveUp()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#tidier.end()
    try {
      await Promise.all([this.#claiming, this.#appending.idle(), this.#settling.idle(), this.#watch?.end()])
      // What nobody has settled goes back at once, and not when its lease has run out.
      const left = [...this.#lent].map((lease): Settling => [lease, { kind: 'release' }])
      if (left.length > 0) await this.#settleAll(left).catch(ignored)
    } finally {
      await this.#database.close()
    }
  }

  async #open(): Promise<void> {
    this.#assertOpen()
    await this.#ready()
  }

  /** Looks for the schema, and lets the others know of this owner: once, and again after a failure that says that it has changed. */
  async #ready(): Promise<void> {
    if (this.#database.isInDoubt) this.#opening ??= this.#begin().finally(() => (this.#opening = undefined))
    await this.#opening
    this.#tidier.tidy()
  }

  async #begin(): Promise<void> {
    await assertUsable(this.#database)
    await this.#watch?.begin()
    this.#database.opened()
  }

  /** Opens, and waits for what was asked before. */
  async #inOrder(): Promise<void> {
    await this.#open()
    await Promise.all([this.#appending.idle(), this.#settling.idle()])
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError(`The outbox ${this.#database.schema} was closed.`)
  }

  async #appendAll(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    await this.#ready()
    const rows = await this.#database.call('append', [this.#owner, ...columnsOfEntries(entries), this.#rememberMs])
    return (only(rows)['append'] as AppendResult[] | null) ?? entries.map(() => 'stored')
  }

  /** Asks again while the server is away: a customer whose lease is not ended waits until it has run out. */
  async #settleSurely(settlings: readonly Settling[]): Promise<readonly boolean[]> {
    const end = performance.now() + this.#timeoutMs
    for (let pauseMs = 20; ; pauseMs *= 2) {
      try {
        return await this.#settleAll(settlings)
      } catch (error) {
        if (!isPassing(error) || this.#closing !== undefined || performance.now() + pauseMs > end) throw error
        await pass(pauseMs)
      }
    }
  }

  async #settleAll(settlings: readonly Settling[]): Promise<readonly boolean[]> {
    const rows = await this.#database.call('settle', [this.#owner, ...columnsOfSettlings(settlings)])
    return only(rows)['settle'] as boolean[]
  }
}

function only(rows: readonly Row[]): Row {
  return rows[0] as Row
}

function ignored(): void {}
