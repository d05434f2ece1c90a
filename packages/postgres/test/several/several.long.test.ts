import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { Random } from '@obsidianlaunch/testkit/random'
import { expect, test } from 'vitest'
import { migrate } from '../../src/index.ts'
import { Machines } from './machines.ts'

const seed = Number(process.env['SEVERAL_SEED'] ?? 1)
const seconds = Number(process.env['SEVERAL_SECONDS'] ?? 60)

test(`machines that share a database lose nothing and keep each customer's order, whatever happens to them (seed ${seed})`, async ({
  skip,
}) => {
  const missing = missingDatabase()
  skip(missing !== undefined, missing)
  await using database = await createDatabase()
  await migrate(database.url)
  const machines = new Machines(database.url, new Random(seed), 3)
  for (const end = Date.now() + seconds * 1_000; Date.now() < end;) await machines.step()
  const left = await machines.end()
  const [kept] = await query(database.url, 'SELECT count(*)::int AS events FROM obsidian_events.event')
  await machines.close()
  const { lost, reordered, untrue, all } = machines.ledger
  expect({ lost, reordered, untrue, kept }).toEqual({ lost: [], reordered: [], untrue: [], kept: { events: 0 } })
  expect(left.filter(({ pending, dead }) => pending + dead > 0)).toEqual([])
  // However slow the machine is: with fewer nothing was tried.
  expect(all.size).toBeGreaterThan(100)
})
