import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../src/index.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { watch } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

test('an event of which the outbox has not said that it is stored is not told to be kept', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  const failures: ((error: Error) => void)[] = []
  answering(outbox, 'append', () => new Promise((_, reject) => failures.push(reject)))
  const delivery = watch(tracker.trackEvent('alice', 'x').settled())
  await world.pass(maxDeliveryMs)
  expect(delivery.value).toMatchObject({ outcome: 'pending', error: { code: 'timeout', kept: false } })
  failures[0]?.(new OutboxError('full', 'no space'))
  await world.pass(0)
  expect(tracker.stats()).toEqual({ accepted: 1, delivered: 0, rejected: 1, dropped: 0, dead: 0, pending: 0 })
})
