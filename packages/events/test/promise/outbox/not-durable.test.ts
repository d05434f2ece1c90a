import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Outbox } from '../../../src/outbox/outbox.ts'
import { hang } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from '../support/world.ts'

let world: World
let outbox: Outbox

beforeEach(() => {
  world = new World()
  outbox = Object.assign(new PlainOutbox(() => world.clock.now()), { durable: false })
})
afterEach(() => world[Symbol.asyncDispose]())

const never = () => new Promise<never>(() => undefined)
const fails = () => Promise.reject(new Error('no'))

test.each([
  ['an append that is never answered', 'append', never],
  ['a claim that is never answered', 'claim', never],
  ['a settle that is never answered', 'settle', never],
  ['a settle that fails', 'settle', fails],
] as const)(
  'in an outbox that is not durable, %s ends an event by its budget, and a flush with it',
  async (...given) => {
    const [, method, answer] = given
    answering(outbox, method, answer)
    if (answer === never) answering(outbox, 'remove', never)
    world.api.way = (call) => call.answer(500)
    const tracker = world.tracker({ outbox })
    const delivery = watch(tracker.trackEvent('alice', 'signup').settled())
    const flush = watch(tracker.flush())
    await world.pass(maxDeliveryMs + attemptTimeoutMs)
    expect(delivery.value).toMatchObject({ outcome: 'rejected', error: { code: 'timeout' } })
    expect(flush.state).toBe('resolved')
    const shutdown = watch(tracker.shutdown())
    await world.pass(0)
    expect(shutdown.value).toMatchObject({ accepted: 1, rejected: 1, pending: 0 })
  },
)

test('what an outbox that is not durable lends of an event that has ended is not sent', async () => {
  answering(outbox, 'remove', async () => false)
  world.api.way = (call) => call.answer(500)
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 1 })
  await world.pass(attemptTimeoutMs)
  const sent = world.api.log.length
  void tracker.trackEvent('bob', 'signup')
  await world.pass(maxDeliveryMs)
  expect(world.api.log.slice(sent)).not.toContain('alice:signup')
  expect(tracker.stats()).toMatchObject({ accepted: 2, rejected: 2, pending: 0 })
})

test('an event that an outbox lends as a copy is not told to be stored, nor kept after a shutdown, unless that is durable', async () => {
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  const event = tracker.trackEvent('alice', 'signup')
  const [stored, delivery] = [watch(event.stored), watch(event.settled())]
  await world.pass(0)
  expect([world.api.log, stored.state]).toEqual([['alice:signup'], 'open'])
  const shutdown = watch(tracker.shutdown({ timeoutMs: 0 }))
  await world.pass(0)
  expect(delivery.value).toMatchObject({ outcome: 'dropped', error: { code: 'closed', kept: false } })
  expect(shutdown.value).toMatchObject({ accepted: 1, dropped: 1, pending: 0 })
})
