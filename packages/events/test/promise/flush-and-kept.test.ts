import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventTracker } from '../../src/index.ts'
import { ok } from './support/api.ts'
import { watch } from './support/rest.ts'
import { World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Tracks an event every 50 ms, each answered after 100 ms, so that the tracker never comes to rest. */
function keepBusy(tracker: EventTracker): void {
  let tracked = 0
  const track = () => {
    void tracker.trackEvent(`user${tracked++ % 10}`, 'y')
    world.clock.later(track, 50)
  }
  track()
}

test('a flush is not ended by a later event whose call has stopped waiting', async () => {
  const tracker = world.durable()
  world.api.way = (call) => (call.event === 'slow' ? undefined : call.answer(503))
  void tracker.trackEvent('alice', 'slow')
  await world.pass(0)
  const flush = watch(tracker.flush())
  const later = watch(tracker.trackEvent('bob', 'later', { maxRetries: 0 }).settled())
  await world.pass(0)
  expect(later.value?.outcome).toBe('pending')
  world.api.way = ok
  await world.pass(2_000)
  expect([flush.state, tracker.stats().delivered]).toEqual(['open', 1])
  world.api.last('slow').answer(200)
  await world.pass(0)
  expect([flush.state, flush.value?.pending]).toEqual(['resolved', 0])
})

test('a flush ends with the kept event that it waits for, also where a later call has repeated its id', async () => {
  const tracker = world.durable({ backoff: { baseMs: 20_000, capMs: 20_000 } })
  world.api.way = (call) => call.answer(503)
  const kept = watch(tracker.trackEvent('bob', 'x', { id: 'job-1', maxRetries: 0 }).settled())
  await world.pass(0)
  expect(kept.value?.outcome).toBe('pending')
  world.api.way = (call) => world.clock.later(() => call.answer(200), 100)
  keepBusy(tracker)
  await world.pass(50)
  const flush = watch(tracker.flush())
  const repeat = watch(tracker.trackEvent('bob', 'x', { id: 'job-1' }).settled())
  await world.pass(21_000)
  expect(repeat.value?.outcome).toBe('delivered')
  expect(flush.state).toBe('resolved')
})
