import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { rest, watch } from './support/rest.ts'
import { World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

test.each([0, 1, 2, 3, 5, 40])(
  'a shutdown with a deadline, asked for %i turns after one without, settles by it while the outbox does not close',
  async (turns) => {
    const outbox = new PlainOutbox(() => world.clock.now())
    answering(outbox, 'close', () => new Promise(() => undefined))
    const tracker = world.tracker({ outbox })
    world.api.way = (call) => (call.event === 'ends' ? call.answer(200) : hang(call))
    void tracker.trackEvent('alice', 'ends')
    await rest()
    const first = watch(tracker.shutdown())
    for (let turn = 0; turn < turns; turn++) await new Promise<void>((next) => setImmediate(next))
    const second = watch(tracker.shutdown({ timeoutMs: 200 }))
    await world.pass(200)
    expect([first.state, second.state, world.clock.holding]).toEqual(['resolved', 'resolved', 0])
  },
)

test('a shutdown with a far deadline does not prolong the wait for an outbox that does not close', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  answering(outbox, 'close', () => new Promise(() => undefined))
  const tracker = world.tracker({ outbox })
  await tracker.start()
  const first = watch(tracker.shutdown())
  await world.pass(100)
  const second = watch(tracker.shutdown({ timeoutMs: 50_000 }))
  await world.pass(10_000)
  expect([first.state, second.state, world.clock.holding]).toEqual(['resolved', 'resolved', 0])
})
