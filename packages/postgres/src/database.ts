import { createHash } from 'node:crypto'
import { ConfigurationError, type EventTrackingError, OutboxError } from '@obsidianlaunch/events'
import { type ClientConfig, Pool } from 'pg'
import { isMendable, isOfStatement, isPassing, isStatementLost, isUnheard, outboxError } from './errors.ts'
import type { Settings } from './options.ts'
import type { PostgresPool, PostgresPoolClient } from './pool.ts'

/** Connections of a pool of our own: one each for what is appended, claimed, settled and heard. */
const mostConnections = 4

export type Row = Record<string, unknown>

/** A connection, lent by a pool or of our own. */
type Asking = Pick<PostgresPoolClient, 'query'>

/** A database, asked by statements of one round trip each. What fails is an OutboxError. */
export class Database {
  readonly schema: string
  readonly timeoutMs: number
  readonly #pool: PostgresPool
  /** Ends a pool that was made here, and leaves another to whoever has given it. */
  readonly #endPool: () => Promise<void>
  /** A pooler between us and the server may pass each transaction to another connection. */
  #prepares = true
  #isInDoubt = true
  /** Names of the statements that have worked before. */
  readonly #worked = new Set<string>()
  readonly #statements = new Map<string, string>()
  readonly #checkedOut = new Set<PostgresPoolClient>()

  constructor(source: PostgresPool | string, { schema, timeoutMs }: Pick<Settings, 'schema' | 'timeoutMs'>) {
    this.schema = schema
    this.timeoutMs = timeoutMs
    if (typeof source === 'string') {
      const pool = new Pool({
        connectionString: source,
        max: mostConnections,
        connectionTimeoutMillis: timeoutMs,
        allowExitOnIdle: true,
        application_name: 'obsidianlaunch-events',
        keepAlive: true,
      })
      this.#pool = pool
      this.#endPool = () => pool.end()
    } else {
      this.#pool = source
      this.#endPool = async () => {
        source.off('error', ignored)
        ;(source as Pool).off('connect', listenAtOnce)
      }
    }
    // An idle connection that is lost would end the process.
    this.#pool.on('error', ignored)
    // So would a new one that is lost before whoever waits for it has it. A pool that is not of `pg` has no such event.
    ;(this.#pool as Pool).on('connect', listenAtOnce)
  }

  /** The options of a connection like those of the pool, for one of its own; undefined where the pool does not tell. */
  get options(): ClientConfig | undefined {
    return (this.#pool as { options?: ClientConfig }).options
  }

  /** Tells whether it is still to be found out that the schema can be used. */
  get isInDoubt(): boolean {
    return this.#isInDoubt
  }

  /** The schema can be used. */
  opened(): void {
    this.#isInDoubt = false
    this.#worked.add('opening')
  }

  /** Makes of what a person has to mend something that is waited for, where that has worked before. */
  failed(name: string, error: EventTrackingError): EventTrackingError {
    if (!isMendable(error) || !this.#worked.has(name)) return error
    // Somebody may have migrated it meanwhile, or it is another server now: that is to be told rather.
    this.#isInDoubt = true
    return new OutboxError('io', `${error.text} It has worked before: it is asked again.`, error.cause)
  }

  /** Asks a function of the schema, over a connection of its own if one is given. */
  call(name: string, values: readonly unknown[], own?: Asking): Promise<Row[]> {
    const places = values.map((_, at) => `$${at + 1}`).join(', ')
    return this.ask(name, `SELECT * FROM "${this.schema}".${name}(${places})`, values, own)
  }

  /** @throws OutboxError (as the promise's rejection), also where the server does not answer in time */
  async ask(name: string, text: string, values: readonly unknown[] = [], own?: Asking): Promise<Row[]> {
    try {
      return await this.#ask(name, text, values, own).catch((thrown: unknown) => {
        if (!isUnheard(thrown)) throw thrown
        if (isStatementLost(thrown)) this.#prepares = false
        return this.#ask(name, text, values, own)
      })
    } catch (thrown) {
      const error = outboxError(thrown, this.schema)
      if (!isPassing(error)) throw this.failed(name, error)
      throw new OutboxError(error.problem, `${error.text} It is asked again.`, error.cause)
    }
  }

  async #ask(name: string, text: string, values: readonly unknown[], own: Asking | undefined): Promise<Row[]> {
    const deadline = performance.now() + this.timeoutMs
    const query = (client: Asking) => this.#query(client, name, text, [...values])
    const rows = await (own === undefined ? this.#lend(deadline, query) : this.#by(deadline, query(own)))
    this.#worked.add(name)
    return rows
  }

  async close(): Promise<void> {
    // A pool of our own goes on listening: its connections are not closed yet when it has ended.
    await this.#endPool().catch(() => undefined)
  }

  /** Ends what is being asked: nobody waits for it any more. */
  giveUp(): void {
    for (const client of this.#checkedOut) client.release(new Error('given up'))
    this.#checkedOut.clear()
  }

  async #query(client: Asking, name: string, text: string, values: unknown[]): Promise<Row[]> {
    const answer = this.#prepares
      ? await client.query({ name: this.#statement(name, text), text, values })
      : await client.query(text, values)
    return answer.rows
  }

  /** The name of a prepared statement: no other text has it, since those of many programs meet behind a pooler. */
  #statement(name: string, text: string): string {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      const mark = createHash('sha256').update(text).digest('hex').slice(0, 16)
      statement = `obsidian_events_${name}_${mark}`
      this.#statements.set(text, statement)
    }
    return statement
  }

  /** Lends a connection until the deadline. One that does not answer in time is thrown away. */
  async #lend<T>(deadline: number, use: (client: PostgresPoolClient) => Promise<T>): Promise<T> {
    this.#assertPool()
    const connecting = this.#pool.connect()
    const client = await this.#by(deadline, connecting, () => void connecting.then((late) => late.release(), ignored))
    // A server that dies would end the process by it.
    client.on('error', ignored)
    this.#checkedOut.add(client)
    let failure: Error | undefined
    try {
      return await this.#by(deadline, use(client))
    } catch (thrown) {
      if (!isOfStatement(thrown)) failure = thrown as Error
      throw thrown
    } finally {
      // One that is thrown away may still fail.
      if (failure === undefined) client.off('error', ignored)
      if (this.#checkedOut.delete(client)) client.release(failure)
    }
  }

  /** @throws ConfigurationError for a pool of somebody else's that has ended, which never comes back */
  #assertPool(): void {
    if ((this.#pool as { ending?: boolean }).ending !== true) return
    throw new ConfigurationError(
      `The outbox ${this.schema} cannot be reached any more: its pool was ended. End it after the shutdown of the tracker.`,
    )
  }

  #by<T>(deadline: number, work: Promise<T>, late: () => void = ignored): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        late()
        reject(
          new OutboxError('io', `The outbox ${this.schema} did not answer within ${this.timeoutMs} ms (timeoutMs).`),
        )
      }, deadline - performance.now())
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

function listenAtOnce(client: Pick<PostgresPoolClient, 'on'>): void {
  client.on('error', ignored)
}

function ignored(): void {}
