import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { expect, test } from 'vitest'
import { crash } from './crash.ts'

test('whatever the moment at which relay or API is killed, what was answered by 200 arrives, in order and under its id', async () => {
  const seed = Math.floor(Math.random() * 1e6)
  const report = await crash({ kills: 8, acknowledged: 2_000, seed })
  expect(report.broken, `seed ${seed}`).toEqual([])
  expect(report.acknowledged).toBeGreaterThanOrEqual(2_000)
})

test('so it does where two relays share a database, and its server is killed too', async ({ skip }) => {
  const missing = missingServer('newest')
  skip(missing !== undefined, missing)
  const seed = Math.floor(Math.random() * 1e6)
  await using server = await PostgresServer.start()
  const report = await crash({ kills: 8, acknowledged: 2_000, seed, server })
  expect(report.broken, `seed ${seed}`).toEqual([])
  expect(report.acknowledged).toBeGreaterThanOrEqual(2_000)
})
