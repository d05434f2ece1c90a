import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/index.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('tables whose rows come and go are vacuumed as early as the page says, and lanes have space for their next versions', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  const early = ['autovacuum_vacuum_scale_factor=0.02', 'autovacuum_vacuum_threshold=10000']
  const tables = await query(
    database.url,
    `SELECT relname, reloptions FROM pg_class
    WHERE relnamespace = 'obsidian_events'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL ORDER BY relname`,
  )
  expect(tables).toEqual([
    { relname: 'delivered', reloptions: early },
    { relname: 'enqueued', reloptions: early },
    { relname: 'event', reloptions: early },
    { relname: 'lane', reloptions: ['fillfactor=70', ...early] },
    { relname: 'news', reloptions: early },
  ])
})
