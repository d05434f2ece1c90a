import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EventTracker, OutboxError } from '../../../src/index.ts'
import { answering, PlainOutbox } from '../../promise/support/plain-outbox.ts'
import { watch } from '../../promise/support/rest.ts'
import { maxDeliveryMs, World } from '../../promise/support/world.ts'

let world: World
let trouble: OutboxError | undefined
let tracker: EventTracker

beforeEach(() => {
  world = new World()
  trouble = new OutboxError('busy', 'somebody has it locked')
  const outbox = new PlainOutbox(() => world.clock.now())
  answering(outbox, 'counts', (usual) => (trouble === undefined ? usual() : Promise.reject(trouble)))
  tracker = world.tracker({ outbox, backoff: { baseMs: 100, capMs: 1_000 } })
})
afterEach(() => world[Symbol.asyncDispose]())

const asked: readonly [string, () => PromiseLike<unknown>][] = [
  ['start', () => tracker.start()],
  ['flush', () => tracker.flush()],
  ['deadLetters', () => tracker.deadLetters()],
  ['forget', () => tracker.forget('bob')],
  ['an event', () => tracker.trackEvent('bob', 'x')],
]

test.each(asked)('%s finds an outbox that works again after nobody has asked for it', async (_, ask) => {
  const early = watch(tracker.trackEvent('alice', 'early').settled())
  await world.pass(2 * maxDeliveryMs)
  expect(early.value?.outcome).toBe('rejected')
  trouble = undefined
  const answer = watch(ask())
  await world.pass(2_000)
  expect(answer.state).toBe('resolved')
})

test.each(asked)('%s finds an outbox that works again though an event was taken back meanwhile', async (_, ask) => {
  const controller = new AbortController()
  const event = watch(tracker.trackEvent('alice', 'x', { signal: controller.signal }).settled())
  const answer = watch(ask())
  await world.pass(50)
  controller.abort()
  await world.pass(0)
  expect(event.value?.outcome).toBe('dropped')
  trouble = undefined
  await world.pass(2_000)
  expect(answer.state).toBe('resolved')
})
