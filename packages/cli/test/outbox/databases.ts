import { migrate, postgresOutbox } from '@obsidianlaunch/events-postgres'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { createDatabase } from '@obsidianlaunch/testkit/database'
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
