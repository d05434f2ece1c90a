import { OutboxError } from '@obsidianlaunch/events'
import { type ClientConfig, Pool } from 'pg'
import { isStatementLost, outboxError } from './errors.ts'
import type { Settings } from './options.ts'
import type { PostgresPool, PostgresPoolClient } from './pool.ts'

/** Connections of a pool of our own: one each for what is appended, confirmed, claimed, settled and heard. */
const mostConnections = 5

export type Row = Record<string, unknown>

/** A database, asked by statements of one round trip each. What fails is an OutboxError. */
export class Database {
  readonly schema: string
  readonly #timeoutMs: number
  readonly #pool: PostgresPool
  /** Ends a pool that was made here, and leaves another to whoever has given it. */
  readonly #endPool: () => Promise<void>
  /** A pooler between us and the server may pass each transaction to another connection. */
  #prepares: boolean
  readonly #checkedOut = new Set<PostgresPoolClient>()

  constructor(source: PostgresPool | string, { schema, timeoutMs }: Pick<Settings, 'schema' | 'timeoutMs'>) {
    this.schema = schema
    // The names of statements begin with it, and have 63 bytes at the most.
    this.#prepares = schema.length <= 48
    this.#timeoutMs = timeoutMs
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
      // It is heard to the end: a connection that closes may still fail.
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
    const { options } = this.#pool as { options?: ClientConfig }
    if (options === undefined) return undefined
    // Of a password only the property itself knows that it is not to be shown.
    const bounded = { value: this.#timeoutMs, enumerable: true }
    return Object.create(null, {
      ...Object.getOwnPropertyDescriptors(options),
      connectionTimeoutMillis: bounded,
    }) as ClientConfig
  }

  /** Asks a function of the schema. */
  call(name: string, values: readonly unknown[]): Promise<Row[]> {
    const places = values.map((_, at) => `$${at + 1}`).join(', ')
    return this.ask(name, `SELECT * FROM "${this.schema}".${name}(${places})`, values)
  }

  /** @throws OutboxError (as the promise's rejection), also where the server does not answer in time */
  async ask(name: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const wasPrepared = this.#prepares
    try {
      return await this.#within((client) => this.#query(client, name, text, [...values]))
    } catch (thrown) {
      if (!isStatementLost(thrown) || !wasPrepared) throw outboxError(thrown, this.schema)
      // Several may find it out at once, and each is asked again.
      this.#prepares = false
      return this.ask(name, text, values)
    }
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

  async #query(client: PostgresPoolClient, name: string, text: string, values: unknown[]): Promise<Row[]> {
    const answer = this.#prepares
      ? await client.query({ name: `${this.schema}.${name}`, text, values })
      : await client.query(text, values)
    return answer.rows
  }

  /** Lends a connection for a while. One that does not answer in time is thrown away. */
  async #within<T>(use: (client: PostgresPoolClient) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#timeoutMs
    const connecting = this.#pool.connect()
    const client = await this.#by(deadline, connecting, () => void connecting.then((late) => late.release(), ignored))
    // A server that dies would end the process by it.
    client.on('error', ignored)
    this.#checkedOut.add(client)
    let failure: Error | undefined
    try {
      return await this.#by(deadline, use(client), () => undefined)
    } catch (thrown) {
      // What the server has refused leaves the connection as it was.
      if ((thrown as { severity?: unknown }).severity !== 'ERROR') failure = thrown as Error
      throw thrown
    } finally {
      // One that is thrown away may still fail.
      if (failure === undefined) client.off('error', ignored)
      if (this.#checkedOut.delete(client)) client.release(failure)
    }
  }

  #by<T>(deadline: number, work: Promise<T>, late: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        late()
        reject(
          new OutboxError('io', `The outbox ${this.schema} did not answer within ${this.#timeoutMs} ms (timeoutMs).`),
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
