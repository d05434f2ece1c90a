import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClosedError, type EventTracker } from '../../src/index.ts'
import { Listening } from '../support/listening.ts'
import { hang } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { watch, type Watched } from './support/rest.ts'
import { World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Shuts down, lets an hour pass, and tells how many timers held the process at either time. */
async function holdingAfter(tracker: EventTracker): Promise<number[]> {
  const shutdown = watch(tracker.shutdown({ timeoutMs: 100 }))
  await world.pass(100)
  expect(shutdown.state).toBe('resolved')
  const atOnce = world.clock.holding
  await world.pass(3_600_000)
  return [atOnce, world.clock.holding]
}

const answers: readonly [string, () => Promise<never>][] = [
  ['fails', () => Promise.reject(new Error('Cannot use a pool after calling end on the pool'))],
  ['does not answer', () => new Promise(() => undefined)],
]

test.each(answers)('a shutdown lets the process end though the outbox %s', async (_, answer) => {
  for (const method of ['counts', 'append', 'claim', 'forget'] as const) {
    const outbox = new PlainOutbox(() => world.clock.now())
    answering(outbox, method, answer)
    const tracker = world.tracker({ outbox })
    void tracker.trackEvent('alice', 'x').settled()
    await world.pass(1_000)
    void tracker.forget('bob').catch(() => undefined)
    await world.pass(1_000)
    expect([method, await holdingAfter(tracker)]).toEqual([method, [0, 0]])
  }
})

const uses: readonly [string, (tracker: EventTracker) => PromiseLike<unknown>][] = [
  ['flushes', (tracker) => tracker.flush()],
  ['shuts down', (tracker) => tracker.shutdown()],
  ['tracks', (tracker) => tracker.trackEvent('bob', 'y')],
  ['forgets', (tracker) => tracker.forget('bob')],
  ['replays', (tracker) => tracker.replay(['1'])],
  ['lists dead letters', (tracker) => tracker.deadLetters()],
  ['asks who waits', (tracker) => tracker.waiting()],
]

test.each(uses)('a shutdown lets the process end though a hook that it tells %s', async (_, use) => {
  world.api.way = hang
  for (const outbox of [undefined, new PlainOutbox(() => world.clock.now())]) {
    const tracker: EventTracker = world.tracker({
      ...(outbox && { outbox }),
      onError: () => void use(tracker).then(undefined, () => undefined),
    })
    if (outbox) answering(outbox, 'append', () => new Promise(() => undefined))
    void tracker.trackEvent('alice', 'x').settled()
    await world.pass(0)
    expect(await holdingAfter(tracker)).toEqual([0, 0])
  }
})

test('a hook that erases a customer when it is told what a shutdown leaves finds the tracker closed', async () => {
  world.api.way = hang
  const erasures: Watched<number>[] = []
  const tracker = world.tracker({ onError: () => void erasures.push(watch(tracker.forget('alice'))) })
  void tracker.trackEvent('alice', 'one')
  void tracker.trackEvent('alice', 'two')
  await world.pass(0)
  void tracker.shutdown({ timeoutMs: 0 })
  await world.pass(0)
  expect(erasures.map(({ error }) => error)).toEqual([expect.any(ClosedError), expect.any(ClosedError)])
  expect(tracker.stats()).toMatchObject({ accepted: 2, dropped: 2, pending: 0 })
})

test('an erasure that an outbox carries out after the shutdown counts no event twice, and tells nobody twice', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  const stall = Promise.withResolvers<void>()
  for (const method of ['append', 'forget', 'close'] as const) {
    answering(outbox, method, (usual) => stall.promise.then(usual))
  }
  const told: string[] = []
  const tracker = world.tracker({ outbox, onError: (error) => void told.push(error.name) })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(0)
  tracker.forget('alice').catch(() => undefined)
  void tracker.shutdown({ timeoutMs: 100 })
  await world.pass(10_000)
  stall.resolve()
  await world.pass(0)
  expect(tracker.stats()).toEqual({ accepted: 1, delivered: 0, rejected: 0, dropped: 1, dead: 0, pending: 0 })
  expect(told).toEqual(['ClosedError'])
})

test('an outbox that answers a claim while it is closed is asked nothing more, and nobody hears of a trouble', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  const tracker = world.tracker({ outbox })
  await Promise.all([tracker.start(), world.pass(0)])
  const claimed = Promise.withResolvers<void>()
  answering(outbox, 'claim', (usual) => claimed.promise.then(usual))
  void tracker.trackEvent('alice', 'x').settled()
  await world.pass(0)
  const late: string[] = []
  answering(outbox, 'close', () => {
    for (const method of ['settle', 'dueInMs'] as const) {
      answering(outbox, method, () => {
        late.push(method)
        throw new ClosedError('The outbox was closed: make a new one.')
      })
    }
    claimed.resolve()
    return new Promise((closed) => setTimeout(closed, 0))
  })
  const shutdown = watch(tracker.shutdown({ timeoutMs: 100 }))
  await world.pass(100)
  expect(shutdown.state).toBe('resolved')
  expect([late, world.logged, tracker.status().outbox.trouble]).toEqual([[], [], undefined])
})

const lateAnswers: readonly [string, (usual: () => unknown) => unknown][] = [
  ['says only later', (usual) => usual()],
  ['never says', () => new Promise(() => undefined)],
]

test.each(lateAnswers)(
  'by the end of a shutdown a listener has heard that each event which was found is pending, though the outbox %s that it has it back',
  async (_, answer) => {
    using listening = new Listening()
    world.api.way = hang
    const outbox = new PlainOutbox(() => world.clock.now())
    const [customerId, operation, body] = ['alice', 'trackEvent', '{"customer_id":"alice","event":"x"}'] as const
    outbox.keep({ id: 'earlier', customerId, operation, body, acceptedAt: world.clock.now() })
    const tracker = world.tracker({ outbox })
    void tracker.start()
    await world.pass(0)
    const isTold = Promise.withResolvers<void>()
    answering(outbox, 'settle', async (usual) => {
      await isTold.promise
      return answer(usual)
    })
    const shutdown = watch(tracker.shutdown({ timeoutMs: 0 }))
    await world.pass(100)
    expect(shutdown.state).toBe('resolved')
    const story = ['event start', 'attempt start', 'attempt released', 'event pending']
    expect(listening.story).toEqual(story)
    isTold.resolve()
    await world.pass(1_000)
    expect(listening.story).toEqual(story)
  },
)
