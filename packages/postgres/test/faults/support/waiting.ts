import type { TrackerStats } from '@obsidianlaunch/events'
import { expect } from 'vitest'
import type { ScriptedServer } from '@obsidianlaunch/testkit/api'
import type { Fault } from './faults.ts'
import type { Site, startTracker } from './site.ts'

/** Expects that a fault is told, that no event of its time is acknowledged before it is mended, and that all arrive then: three of them. */
export async function expectWaiting(
  site: Site,
  api: ScriptedServer,
  { make, problem, sentence }: Fault,
  { tracker, told }: ReturnType<typeof startTracker>,
  before: readonly string[],
): Promise<TrackerStats> {
  const mend = await make(site)
  const names = ['a', 'b', 'c']
  let stored = 0
  const deliveries = names.map((name) => tracker.trackEvent(site.role, name))
  for (const delivery of deliveries) void delivery.stored.then(() => stored++)
  await expect
    .poll(() => tracker.status().outbox.trouble)
    .toMatchObject({ problem, message: expect.stringMatching(sentence) as string })
  await expect.poll(() => told.some((message) => sentence.test(message))).toBe(true)
  expect(stored).toBe(0)
  await mend()
  await Promise.all(deliveries)
  expect(stored).toBe(names.length)
  expect(api.eventsOf(site.role)).toEqual([...before, ...names])
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  expect(told.join()).not.toMatch(/secret/)
  return tracker.shutdown({ timeoutMs: 60_000 })
}
