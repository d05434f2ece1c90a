import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang } from '../support/api.ts'
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

test.each([1_000, attemptTimeoutMs - 1, 12_000, maxDeliveryMs])(
  'whoever waits %i ms for an event is told by then, though the outbox fails when an attempt ends',
  async (budgetMs) => {
    world.api.way = hang
    const tracker = world.tracker({ outbox })
    const delivery = watch(tracker.trackEvent('alice', 'x', { maxDeliveryMs: budgetMs }).settled())
    await world.pass(0)
    for (const method of ['settle', 'claim', 'dueInMs'] as const) {
      answering(outbox, method, () => Promise.reject(new Error('disk trouble')))
    }
    await world.pass(budgetMs + attemptTimeoutMs)
    expect(delivery.value).toMatchObject({ outcome: 'pending', error: { code: 'timeout', kept: true } })
  },
)
