import { randomBytes } from 'node:crypto'
import { migrate, postgresOutbox } from '@obsidianlaunch/events-postgres'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { createDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { onTestFinished } from 'vitest'

/** A database for one test. */
export async function database({ schema }: { schema?: string | false } = {}): Promise<string> {
  const made = await createDatabase()
  onTestFinished(() => made[Symbol.asyncDispose]())
  if (schema !== false) await migrate(made.url, { schema })
  return made.url
}

/** The outbox of a database, which is closed at the end of the block. */
export function openDatabase(url: string): Outbox & AsyncDisposable {
  const outbox = postgresOutbox(url)
  return Object.assign(outbox, { [Symbol.asyncDispose]: async () => outbox.close() })
}

/** An address as it may be shown. */
export function shown(url: string): string {
  const { username, host, pathname } = new URL(url)
  return `postgres://${username}@${host}${pathname}`
}

/** The address of a database for a user who may do nothing there but connect, or what is granted to `ROLE` besides. */
export async function user(url: string, grants: readonly string[] = []): Promise<AsyncDisposable & { url: string }> {
  const name = `role_${randomBytes(6).toString('hex')}`
  await query(url, `CREATE ROLE ${name} LOGIN PASSWORD 'a-secret-word'`)
  for (const grant of grants) await query(url, grant.replace('ROLE', name))
  const address = new URL(url)
  address.username = name
  address.password = 'a-secret-word'
  return {
    url: address.href,
    async [Symbol.asyncDispose]() {
      await query(url, `DROP OWNED BY ${name} CASCADE`)
      await query(url, `DROP ROLE ${name}`)
    },
  }
}
