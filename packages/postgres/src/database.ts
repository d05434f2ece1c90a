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
  /** Ends a pool that was made here. */
  readonly #endPool: () => Promise<void>
  /** A pooler between us and the server may pass each transaction to another connection. */
  #prepares = true
  readonly #checkedOut = new Set<PostgresPoolClient>()

  constructor(source: PostgresPool | string, { schema, timeoutMs }: Pick<Settings, 'schema' | 'timeoutMs'>) {
    this.schema = schema
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
      this.#endPool = () => pool.end()
    } else {
      this.#pool = source
      this.#endPool = async () => undefined
    }
    // An idle connection that is lost would end the process.
    this.#pool.on('error', ignored)
  }

  /** The options of a connection like those of the pool, for one of its own; undefined where the pool does not tell. */
  get options(): ClientConfig | undefined {
    return (this.#pool as { options?: ClientConfig }).options
  }

  /** Asks a function of the schema. */
  call(name: string, values: readonly unknown[]): Promise<Row[]> {
    const places = values.map((_, at) => `$${at + 1}`).join(', ')
    return this.ask(name, `SELECT * FROM "${this.schema}".${name}(${places})`, values)
  }

  /** @throws OutboxError (as the promise's rejection), also where the server does not answer in time */
  async ask(name: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.#within((client) => this.#query(client, name, text, [...values]))
    } catch (thrown) {
      if (!isStatementLost(thrown) || !this.#prepares) throw outboxError(thrown, this.schema)
      this.#prepares = false
      return this.ask(name, text, values)
    }
  }

  async close(): Promise<void> {
    await this.#endPool().catch(() => undefined)
    this.#pool.off('error', ignored)
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
    const deadline = Date.now() + this.#timeoutMs
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
      }, deadline - Date.now())
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

function ignored(): void {}
