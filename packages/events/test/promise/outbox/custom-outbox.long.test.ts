import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outbox } from '../../../src/index.ts'
import { ok } from '../support/api.ts'
import { malformed } from '../support/malformed.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { HandedOut } from '../support/rest.ts'
import { Uncaught } from '../support/uncaught.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

function plain(): PlainOutbox {
  return new PlainOutbox(() => world.clock.now())
}

const methods = [
  'append',
  'claim',
  'settle',
  'dueInMs',
  'dead',
  'replay',
  'remove',
  'forget',
  'counts',
  'close',
] as const

/** Uses every call of a tracker, while its outbox answers what it likes. */
async function useAll(outbox: Outbox): Promise<HandedOut> {
  const handedOut = new HandedOut()
  const tracker = world.tracker({ outbox })
  const controller = new AbortController()
  handedOut.add('start', tracker.start())
  const deliveries = [
    tracker.trackEvent('alice', 'one', { id: 'job-1' }),
    tracker.trackEvent('alice', 'two'),
    tracker.trackEvent('bob', 'bad'),
    tracker.trackEvent('carol', 'taken back', { signal: controller.signal }),
    tracker.identifyCustomer('dave', { name: 'Dave' }),
  ]
  for (const delivery of deliveries) handedOut.add('delivery', delivery.settled())
  for (const { stored } of deliveries) handedOut.add('stored', stored)
  controller.abort()
  await world.pass(0)
  handedOut.add('deadLetters', tracker.deadLetters())
  handedOut.add('replay', tracker.replay(['1']))
  handedOut.add('flush', tracker.flush({ timeoutMs: 1_000 }))
  await world.pass(1_000)
  handedOut.add('forget', tracker.forget('alice'))
  handedOut.add('repeat', tracker.trackEvent('alice', 'one', { id: 'job-1' }).settled())
  handedOut.add('a flush without a deadline', tracker.flush())
  await world.pass(2 * maxDeliveryMs + 6 * attemptTimeoutMs)
  handedOut.add('shutdown', tracker.shutdown({ timeoutMs: 1_000 }))
  await world.pass(1_000)
  return handedOut
}

/** Lies in the right form: nobody can see through them. */
const lies = new Set(['remove: true', 'forget: 42', 'replay: 42'])

describe.each(methods)('an outbox whose %s answers', (method) => {
  for (const [what, answer] of malformed.filter((each) => !lies.has(`${method}: ${each[0]}`))) {
    test(`${what}, at once or later, makes nothing throw where nobody catches, and nobody wait for ever`, async () => {
      using uncaught = new Uncaught()
      for (const asked of [answer, async () => answer()]) {
        const outbox = plain()
        world.api.way = (call) => (call.event === 'bad' ? call.answer(400) : ok(call))
        answering(outbox, method, asked)
        const { open } = await useAll(outbox)
        expect([open, uncaught.heard]).toEqual([[], []])
      }
    })
  }

  test('nothing at all, makes nobody wait for ever', async () => {
    const outbox = plain()
    answering(outbox, method, () => new Promise(() => undefined))
    const { open } = await useAll(outbox)
    expect(open).toEqual([])
  })
})
