import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryOutbox } from '../../../src/outbox/memory/memory-outbox.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** A durable outbox that answers at once, and fails while it is told to. */
class PromptOutbox extends MemoryOutbox {
  // @ts-expect-error -- what it keeps survives nothing, and yet it is to be taken for one that does
  override readonly durable = true
  isFailing = false

  override append(...given: Parameters<MemoryOutbox['append']>): ReturnType<MemoryOutbox['append']> {
    if (this.isFailing) throw new Error('disk trouble')
    return super.append(...given)
  }
}

test('the trouble of an outbox that answers at once is told again when it comes back', async () => {
  const outbox = new PromptOutbox(() => world.clock.now())
  const tracker = world.tracker({ outbox })
  for (let time = 0; time < 2; time++) {
    outbox.isFailing = true
    void tracker.trackEvent('alice', 'signup')
    await world.pass(10)
    outbox.isFailing = false
    await world.pass(60_000)
  }
  expect(world.logged.filter((message) => message.includes('disk trouble'))).toHaveLength(2)
  expect(tracker.stats()).toMatchObject({ delivered: 2, pending: 0 })
})
