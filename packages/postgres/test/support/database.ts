import { randomBytes } from 'node:crypto'
import { Pool } from 'pg'

/** A database that a test has for itself, until the end of the block. */
export interface Database extends AsyncDisposable {
  readonly url: string
}

const server = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:54329/postgres'

export function missingDatabase(): string | undefined {
  return undefined
}

export async function createDatabase(): Promise<Database> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await query(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await query(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

export async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const pool = new Pool({ connectionString: url, max: 1 })
  try {
    return (await pool.query<Record<string, unknown>>(sql, values)).rows
  } finally {
    await pool.end()
  }
}
