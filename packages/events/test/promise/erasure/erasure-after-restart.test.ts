import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outbox } from '../../../src/index.ts'
import { hang, ok } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { rest, watch } from '../support/rest.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((next) => setImmediate(next))
}

/** Answers an erasure five turns after it was carried out, as a network does. */
function slow(): Outbox {
  const outbox = new PlainOutbox(() => world.clock.now())
  const body = '{"customer_id":"alice","event":"earlier"}'
  outbox.keep({ id: 'job-1', customerId: 'alice', operation: 'trackEvent', body, acceptedAt: world.clock.now() })
  answering(outbox, 'forget', async (usual) => {
    const erased = await usual()
    await turns(5)
    return erased
  })
  return outbox
}

async function file(): Promise<Outbox> {
  const earlier = world.durable()
  world.api.way = hang
  void earlier.trackEvent('alice', 'earlier', { id: 'job-1' }).settled()
  await rest()
  void earlier.shutdown({ timeoutMs: 0 })
  await world.pass(0)
  return world.sqlite()
}

const kinds: readonly [string, () => Outbox | Promise<Outbox>][] = [
  ['in a file', file],
  ['in an outbox that answers late', slow],
]

describe.each(kinds)('%s, an event of an earlier process', (_kind, make) => {
  test.each([0, 1, 2, 3, 4, 6, 8])(
    'answered %i turns after an erasure was asked for leaves its id to the next one',
    async (count) => {
      const tracker = world.tracker({ outbox: await make() })
      world.api.way = hang
      void tracker.start()
      await rest()
      const earlier = world.api.last('earlier')
      const forgetting = watch(tracker.forget('alice'))
      await turns(count)
      earlier.answer(200)
      await world.pass(0)
      expect(forgetting.state).toBe('resolved')
      world.api.way = ok
      const next = watch(tracker.trackEvent('alice', 'next', { id: 'job-1' }).settled())
      await world.pass(0)
      expect(next.value).toMatchObject({ outcome: 'delivered', receipt: { status: 200 } })
      const { accepted, delivered, dropped, pending } = tracker.stats()
      expect([accepted, delivered + dropped, pending]).toEqual([2, 2, 0])
    },
  )
})
