import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { storm } from './storm.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('of 8,000 transactions at random, exactly those that commit arrive, once and in order', async () => {
  const seed = Math.floor(Math.random() * 1e6)
  const { arrived, rolledBack } = await storm(8_000, seed)
  expect(arrived, `seed ${seed}`).toBeGreaterThan(8_000)
  expect(rolledBack).toBeGreaterThan(500)
})
