import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { storm } from './storm.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('of 400 transactions at random, exactly those that commit arrive, once and in order', async () => {
  const { arrived, rolledBack } = await storm(400, 1)
  expect(arrived).toBeGreaterThan(400)
  expect(rolledBack).toBeGreaterThan(20)
})
