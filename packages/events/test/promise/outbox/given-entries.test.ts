import type { OutboxEntry } from '../../../src/event/event.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const ways: readonly [string, (entry: OutboxEntry) => OutboxEntry][] = [
  ['the objects themselves', (entry) => entry],
  ['copies of all their fields', (entry) => ({ ...entry })],
  ['their JSON', (entry) => JSON.parse(JSON.stringify(entry)) as OutboxEntry],
  ['structured clones', (entry) => structuredClone(entry)],
]

test.each(ways)('an outbox may keep %s of what it is given', async (_, keep) => {
  const outbox = new PlainOutbox(() => world.clock.now())
  outbox.keep = (entry) => {
    const now = world.clock.now()
    outbox.pending.push({ entry: keep(entry), attempts: 0, dueAt: now, lease: undefined, storedAt: now })
  }
  const tracker = world.tracker({ outbox })
  const { signal } = new AbortController()
  const delivery = watch(tracker.trackEvent('alice', 'x', { id: 'job-1', signal }).settled())
  await world.pass(1_000)
  expect(delivery.value).toMatchObject({ outcome: 'delivered', receipt: { id: 'job-1' } })
  expect([world.api.log, world.api.last('x').id]).toEqual([['alice:x'], 'job-1'])
})
