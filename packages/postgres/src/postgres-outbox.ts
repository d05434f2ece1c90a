import { randomUUID } from 'node:crypto'
import { ClosedError, OutboxError } from '@obsidianlaunch/events'
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
import { Database, type Row } from './database.ts'
import { Group } from './group.ts'
import { NewsWatch } from './news.ts'
import type { Settings } from './options.ts'
import type { PostgresPool } from './pool.ts'
import { type Lease, leaseOf, letterOf, numberOf } from './rows.ts'
import { assertUsable } from './schema/version.ts'

type Key = Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>
type Settling = readonly [lease: Lease, verdict: Verdict]

/** Old ids are dropped so often, by whichever outbox comes first. */
const tidyMs = 60_000

/** Keeps what is pending in a schema of a database, which many processes share. Each of them appends, and each sends. */
export class PostgresOutbox implements Outbox {
  readonly durable = true
  /** The name by which the others know whose events these are. */
  readonly #owner = randomUUID()
  readonly #database: Database
  readonly #rememberMs: number
  readonly #appending: Group<OutboxEntry, AppendResult>
  /** Waits for the disk, for all that was appended before. */
  readonly #confirming: Group<undefined, undefined>
  readonly #settling: Group<Settling, boolean>
  /** Leases that nobody has begun to settle. */
  readonly #lent = new Set<Lease>()
  #claiming: Promise<unknown> | undefined
  #opening: Promise<void> | undefined
  #watch: NewsWatch | undefined
  #tidiedAt = 0
  #closing: Promise<void> | undefined

  constructor(source: PostgresPool | string, settings: Settings) {
    this.#database = new Database(source, settings)
    this.#rememberMs = settings.rememberMs
    this.#appending = new Group((entries) => this.#appendAll(entries), isOfOneEntry)
    this.#confirming = new Group((given) => this.#database.call('confirm', []).then(() => given))
    this.#settling = new Group((settlings) => this.#settleAll(settlings))
  }

  watch(news: OutboxNews): void {
    if (this.#closing === undefined) this.#watch ??= new NewsWatch(this.#database, this.#owner, news)
  }

  async append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    this.#assertOpen()
    for (const entry of entries) assertStorable(entry, this.#database.schema)
    if (entries.length === 0) return []
    const results = await this.#appending.add(entries)
    // The next ones are stored meanwhile, and lanes are free.
    await this.#confirming.add([undefined])
    return results
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    const claiming = this.#claim(max, leaseMs, first)
    this.#claiming = Promise.allSettled([this.#claiming, claiming])
    return claiming
  }

  async #claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    await this.#open()
    const most = Math.min(max, 2 ** 31 - 1)
    const rows = await this.#database.call('claim', [this.#owner, most, leaseMs, first === 'fewest-attempts'])
    const leases = rows.map(leaseOf)
    for (const lease of leases) this.#lent.add(lease)
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
    const most = Math.min(limit, 2 ** 31 - 1)
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
    const { pending, dead } = only(await this.#database.call('forget', [this.#owner, customerId]))
    return { pending: Number(pending), dead: Number(dead) }
  }

  async counts(): Promise<{ pending: number; dead: number }> {
    await this.#open()
    const { schema } = this.#database
    const rows = await this.#database.ask(
      'counts',
      `SELECT (SELECT count(*) FROM "${schema}".event) AS pending, (SELECT count(*) FROM "${schema}".dead) AS dead`,
    )
    const { pending, dead } = only(rows)
    return { pending: Number(pending), dead: Number(dead) }
  }

  async waiting(limit: number): Promise<readonly WaitingCustomer[]> {
    await this.#open()
    const rows = await this.#database.call('waiting', [Math.min(limit, 2 ** 31 - 1)])
    return rows.map(customerOf)
  }

  close(): Promise<void> {
    if (this.#closing === undefined) this.#closing = this.#close()
    // Nobody waits for it any more.
    else this.#database.giveUp()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      await Promise.all([this.#claiming, this.#stored(), this.#settling.idle(), this.#watch?.end()])
      // What nobody has settled goes back at once, and not when its lease has run out.
      const left = [...this.#lent].map((lease): Settling => [lease, { kind: 'release' }])
      if (left.length > 0) await this.#settleAll(left).catch(() => undefined)
    } finally {
      await this.#database.close()
    }
  }

  async #open(): Promise<void> {
    this.#assertOpen()
    await this.#ready()
  }

  /** Looks for the schema, and lets the others know of this owner, once. What fails is tried again at the next call. */
  async #ready(): Promise<void> {
    this.#opening ??= this.#begin().catch((thrown: unknown) => {
      this.#opening = undefined
      throw thrown
    })
    await this.#opening
    this.#tidy()
  }

  async #begin(): Promise<void> {
    await assertUsable(this.#database)
    await this.#watch?.begin()
  }

  /** Opens, and waits for what was asked before. */
  async #inOrder(): Promise<void> {
    await this.#open()
    await Promise.all([this.#stored(), this.#settling.idle()])
  }

  /** Waits for what is being appended. Whoever has appended asks for its confirmation before anybody hears that it is done. */
  async #stored(): Promise<void> {
    await this.#appending.idle()
    await this.#confirming.idle()
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError(`The outbox ${this.#database.schema} was closed.`)
  }

  #tidy(): void {
    const now = performance.now()
    if (now < this.#tidiedAt + tidyMs) return
    this.#tidiedAt = now
    // It is nobody's call: what fails is done by the next one.
    this.#database.call('tidy', [this.#rememberMs]).catch(() => undefined)
  }

  async #appendAll(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    await this.#ready()
    const rows = await this.#database.call('append', [
      this.#owner,
      entries.map(({ customerId }) => customerId),
      entries.map(({ environment = 'test' }) => environment),
      entries.map(({ id }) => id),
      entries.map(({ hasMintedId = false }) => hasMintedId),
      entries.map(({ operation }) => operation),
      entries.map(({ body }) => body),
      entries.map(({ acceptedAt }) => Math.round(acceptedAt)),
      this.#rememberMs,
    ])
    return (only(rows)['append'] as AppendResult[] | null) ?? entries.map(() => 'stored')
  }

  async #settleAll(settlings: readonly Settling[]): Promise<readonly boolean[]> {
    const deaths = settlings.map(([, verdict]) => (verdict.kind === 'dead' ? verdict : undefined))
    const retries = settlings.map(([, verdict]) => (verdict.kind === 'retry' ? verdict : undefined))
    const rows = await this.#database.call('settle', [
      this.#owner,
      settlings.map(([{ entry }]) => entry.customerId),
      settlings.map(([{ token }]) => token),
      settlings.map(([{ seq }]) => seq),
      settlings.map(([, { kind }]) => kind),
      retries.map((retry) => retry?.afterMs ?? 0),
      retries.map((retry) => retry?.isRefusal ?? false),
      deaths.map((death) => death?.reason ?? null),
      deaths.map((death) => death?.attempts ?? null),
      deaths.map((death) => death?.status ?? null),
      deaths.map((death) => death?.detail ?? null),
    ])
    return only(rows)['settle'] as boolean[]
  }
}

function only(rows: readonly Row[]): Row {
  return rows[0] as Row
}

function customerOf(row: Row): WaitingCustomer {
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

/** @throws OutboxError for a text that PostgreSQL has no way to store: it would come back as another one, or not at all */
function assertStorable({ customerId, id, body }: OutboxEntry, schema: string): void {
  if ([customerId, id, body].every((text) => text.isWellFormed() && !text.includes('\0'))) return
  throw new OutboxError(
    'entry',
    `The outbox ${schema} cannot store an id or a customer with a zero character or half of a surrogate pair.`,
  )
}

/** Tells whether the others would be stored without the one it is about. */
function isOfOneEntry(error: unknown): boolean {
  return error instanceof OutboxError && error.problem === 'entry'
}
