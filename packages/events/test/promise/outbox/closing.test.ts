import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClosedError } from '../../../src/index.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Makes an outbox that says so when it is asked after it was closed, and whose claims are answered when `answerClaims` is called. */
function slowOutbox(): { outbox: PlainOutbox; answerClaims: () => void } {
  const outbox = new PlainOutbox(() => world.clock.now())
  let isClosed = false
  const patience = new AbortController()
  const released = once(patience.signal, 'abort')
  answering(outbox, 'claim', (usual) => released.then(usual))
  answering(outbox, 'close', () => void (isClosed = true))
  const refuse = (method: 'dueInMs' | 'settle', error: Error) =>
    answering(outbox, method, (usual) => (isClosed ? Promise.reject(error) : usual()))
  refuse('dueInMs', new Error('Cannot use a pool after calling end on the pool'))
  refuse('settle', new ClosedError('The outbox was closed: make a new one.'))
  return { outbox, answerClaims: () => patience.abort() }
}

test.each(['nothing', 'an event'])(
  'a shutdown while the outbox looks and finds %s tells the logger nothing',
  async (found) => {
    const { outbox, answerClaims } = slowOutbox()
    const tracker = world.tracker({ outbox })
    await tracker.start()
    if (found === 'an event') void tracker.trackEvent('alice', 'signup').settled()
    await world.pass(0)
    const shutdown = tracker.shutdown({ timeoutMs: 0 })
    await world.pass(0)
    answerClaims()
    await world.pass(10)
    await shutdown
    expect(world.logged).toEqual([])
  },
)
