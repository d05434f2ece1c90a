import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../../src/index.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

const never = () => new Promise<never>(() => undefined)

test.each(['claim', 'dueInMs'] as const)(
  'a %s that is not answered holds no process in which nobody waits',
  async (method) => {
    answering(outbox, method, never)
    const start = watch(world.tracker({ outbox }).start())
    expect(world.clock.holding).toBe(1)
    await world.pass(0)
    expect(start.state).toBe('resolved')
    expect(world.clock.holding).toBe(0)
  },
)

test('a settle that is not answered holds the process as long as somebody waits for its event', async () => {
  answering(outbox, 'settle', never)
  const delivery = watch(world.tracker({ outbox }).trackEvent('alice', 'signup').settled())
  await world.pass(maxDeliveryMs - 1)
  expect(delivery.state).toBe('open')
  expect(world.clock.holding).toBe(1)
  await world.pass(2 * attemptTimeoutMs)
  expect(delivery.value?.outcome).toBe('pending')
  expect(world.clock.holding).toBe(0)
})

test('an outbox that does not open holds no process once the only event was cancelled', async () => {
  answering(outbox, 'counts', never)
  const controller = new AbortController()
  const { signal } = controller
  const delivery = watch(world.tracker({ outbox }).trackEvent('alice', 'signup', { signal }).settled())
  await world.pass(0)
  expect(world.clock.holding).toBe(1)
  controller.abort()
  await world.pass(0)
  expect(delivery.value?.outcome).toBe('dropped')
  expect(world.clock.holding).toBe(0)
})

test('an outbox that does not open holds no process longer than a flush waits', async () => {
  answering(outbox, 'counts', never)
  const flush = watch(world.tracker({ outbox }).flush({ timeoutMs: 1_000 }))
  await world.pass(999)
  expect(flush.state).toBe('open')
  expect(world.clock.holding).toBe(1)
  await world.pass(1)
  expect(flush.state).toBe('resolved')
  expect(world.clock.holding).toBe(0)
})

test('an outbox that cannot be opened holds no process once a flush has been told', async () => {
  answering(outbox, 'counts', () => Promise.reject(new OutboxError('corrupt', 'it is broken')))
  const flush = watch(world.tracker({ outbox }).flush())
  await world.pass(0)
  expect(flush.state).toBe('resolved')
  expect(world.clock.holding).toBe(0)
})
