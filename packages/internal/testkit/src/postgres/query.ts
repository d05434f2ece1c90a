import { Client } from 'pg'

export type Row = Record<string, unknown>

/** Runs SQL over a connection of its own. @returns the rows */
export async function query(url: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  await using connection = await connect(url)
  return (await connection.client.query<Row>(sql, [...values])).rows
}

/** A connection that goes at the end of the block. */
export async function connect(url: string): Promise<AsyncDisposable & { client: Client }> {
  const client = new Client({ connectionString: url })
  // A server that ends between two statements is no fault of the program that talks to it.
  client.on('error', () => {})
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end() }
}
