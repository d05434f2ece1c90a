import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventTracker, OutboxError, type Receipt } from '../../../src/index.ts'
import type { EntryEnd, OutboxNews } from '../../../src/outbox/outbox.ts'
import { hang, ok } from '../../promise/support/api.ts'
import { answering, PlainOutbox } from '../../promise/support/plain-outbox.ts'
import { watch } from '../../promise/support/rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from '../../promise/support/world.ts'
import { type SharedOutbox, SharedStorage } from '../../support/shared-outbox.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

interface Owner {
  readonly tracker: EventTracker
  readonly outbox: SharedOutbox
  readonly told: string[]
}

/** A tracker on a storage that it shares. */
function open(storage: SharedStorage): Owner {
  const told: string[] = []
  const outbox = storage.open()
  const tracker = world.tracker({
    outbox,
    onDelivered: ({ id }: Receipt) => void told.push(`delivered ${id}`),
    onError: ({ code }, { id }) => void told.push(`${code} ${id}`),
  })
  return { tracker, outbox, told }
}

/** Two trackers on one storage: the first lends, and has been opened. */
async function two(hasOneLender = true): Promise<[lender: Owner, other: Owner]> {
  const storage = new SharedStorage(() => world.clock.now(), hasOneLender)
  const lender = open(storage)
  await watched(lender.tracker.start())
  return [lender, open(storage)]
}

async function watched<T>(promise: PromiseLike<T>) {
  const seen = watch(promise)
  await world.pass(0)
  return seen
}

describe('an event that another owner of the outbox has settled', () => {
  test('resolves its call, and the hooks are told where it was settled', async () => {
    const [lender, other] = await two()
    const delivery = await watched(other.tracker.trackEvent('ada', 'one', { id: 'one' }))
    expect(delivery.value).toMatchObject({ id: 'one', status: 0, attempts: 0, data: undefined, elsewhere: true })
    expect([lender.told, other.told]).toEqual([['delivered one'], []])
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
    expect(lender.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('rejects its call with the answer that the other owner got', async () => {
    const [lender, other] = await two()
    world.api.way = (call) => call.answer(422)
    const delivery = await watched(other.tracker.trackEvent('ada', 'one', { id: 'one' }))
    expect(delivery.error).toMatchObject({ code: 'api', status: 422, kept: false })
    expect([lender.told, other.told]).toEqual([['api one'], []])
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, dead: 1 })
  })

  test('is dropped where the other owner forgets its customer', async () => {
    const [lender, other] = await two()
    world.api.way = hang
    const delivery = watch(other.tracker.trackEvent('ada', 'one'))
    await world.pass(0)
    expect((await watched(lender.tracker.forget('ada'))).value).toBe(1)
    expect(delivery.error).toMatchObject({ code: 'cancelled', kept: false })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, dropped: 1, pending: 0 })
    expect(lender.tracker.stats()).toMatchObject({ accepted: 1, dropped: 1, pending: 0 })
  })

  test('leaves no word of how its attempts failed here', async () => {
    const [lender, other] = await two()
    world.api.way = (call) => call.answer(503)
    void lender.tracker.trackEvent('ada', 'one').settled()
    await world.pass(0)
    const lane = { customerId: 'ada', environment: 'test', pending: 1, oldestAt: 0, attempts: 1, dueInMs: 0 } as const
    Object.assign(lender.outbox, { waiting: () => [lane] })
    expect((await watched(lender.tracker.waiting())).value).toEqual([
      { ...lane, lastFailure: expect.stringContaining('503') },
    ])
    await watched(other.tracker.forget('ada'))
    expect((await watched(lender.tracker.waiting())).value).toEqual([lane])
  })

  test('counts once, though its own tracker had given up waiting for it', async () => {
    const [, other] = await two()
    world.api.way = hang
    const delivery = watch(other.tracker.trackEvent('ada', 'one'))
    await world.pass(maxDeliveryMs)
    expect(delivery.error).toMatchObject({ code: 'timeout', kept: true })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, pending: 1 })
    world.api.way = ok
    // The lender's gate has closed, and its retries have backed off.
    await world.pass(2 * maxDeliveryMs)
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('counts once, though an erasure had failed of which nobody knows what it took', async () => {
    const [, other] = await two()
    world.api.way = hang
    const delivery = watch(other.tracker.trackEvent('ada', 'one'))
    await world.pass(maxDeliveryMs)
    expect(delivery.error).toMatchObject({ code: 'timeout', kept: true })
    answering(other.outbox, 'forget', () => Promise.reject(new OutboxError('io', 'The disk fails')))
    expect((await watched(other.tracker.forget('bob'))).error).toMatchObject({ code: 'outbox' })
    await watched(other.tracker.flush({ timeoutMs: 0 }))
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, dropped: 0, pending: 1 })
    world.api.way = ok
    await world.pass(2 * maxDeliveryMs)
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, dropped: 0, pending: 0 })
  })

  test('is told once, though this tracker has it in flight since its lease ran out', async () => {
    const [lender, other] = await two(false)
    world.api.way = hang
    const delivery = watch(lender.tracker.trackEvent('ada', 'one', { id: 'one' }))
    await world.pass(0)
    const [mine] = world.api.calls
    // The other owner is lent it too, as when the lease has run out.
    for (const kept of lender.outbox.storage.plain.pending) kept.lease = undefined
    world.api.way = ok
    await watched(other.tracker.start())
    expect(delivery.value).toMatchObject({ elsewhere: true })
    // Nobody waits for its answer any more.
    expect(mine?.signal?.aborted).toBe(true)
    mine?.answer(200)
    await world.pass(attemptTimeoutMs)
    expect([lender.told, other.told]).toEqual([[], ['delivered one']])
    expect(lender.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('shares its end with a call that gives its id here', async () => {
    const [lender, other] = await two()
    world.api.way = hang
    const first = watch(lender.tracker.trackEvent('ada', 'one', { id: 'one' }))
    await world.pass(0)
    const second = watch(other.tracker.trackEvent('ada', 'one', { id: 'one' }))
    await world.pass(0)
    world.api.last('one').answer(200)
    await world.pass(0)
    expect(first.value).toMatchObject({ status: 200 })
    expect(second.value).toMatchObject({ status: 0, elsewhere: true })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
    // Nor does it spoil the count of one that is given up later.
    world.api.way = hang
    void other.tracker.trackEvent('ada', 'two')
    await world.pass(maxDeliveryMs)
    world.api.way = ok
    await world.pass(2 * maxDeliveryMs)
    expect(other.tracker.stats()).toMatchObject({ accepted: 2, delivered: 2, pending: 0 })
  })

  test('counts once, though it is heard of before the outbox says that it had the id already', async () => {
    const [lender, other] = await two()
    world.api.way = hang
    void lender.tracker.trackEvent('ada', 'one', { id: 'one' })
    await world.pass(0)
    const said = Promise.withResolvers<void>()
    answering(other.outbox, 'append', async (usual) => {
      const fates = await usual()
      await said.promise
      return fates
    })
    const delivery = watch(other.tracker.trackEvent('ada', 'one', { id: 'one' }))
    await world.pass(0)
    world.api.last('one').answer(200)
    await world.pass(0)
    expect(delivery.value).toMatchObject({ elsewhere: true })
    said.resolve()
    await world.pass(0)
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('counts once, though its outbox had stored it unheard and then erased what others had stored', async () => {
    const [lender, other] = await two()
    await watched(other.tracker.start())
    world.api.way = hang
    let isUnheard = true
    answering(other.outbox, 'append', async (usual) => {
      const fates = await usual()
      return isUnheard ? new Promise(() => undefined) : fates
    })
    void other.tracker.trackEvent('ada', 'one', { id: 'one' })
    await world.pass(maxDeliveryMs)
    isUnheard = false
    void lender.tracker.trackEvent('grace', 'two')
    await world.pass(0)
    await watched(other.tracker.forget('grace'))
    // Its append is given up, and made once more.
    await world.pass(120_000)
    expect(other.tracker.stats()).toMatchObject({ accepted: 2, dropped: 1, pending: 1 })
    world.api.way = ok
    await world.pass(2 * maxDeliveryMs)
    expect(other.tracker.stats()).toMatchObject({ accepted: 2, delivered: 1, dropped: 1, pending: 0 })
  })
})

describe('the counts of a tracker whose outbox others share', () => {
  test('have what was called here, and what ended here', async () => {
    const [lender, other] = await two()
    world.api.way = hang
    for (const event of ['one', 'two', 'three']) void lender.tracker.trackEvent('ada', event)
    void other.tracker.trackEvent('grace', 'four')
    await world.pass(0)
    expect(lender.tracker.stats()).toMatchObject({ accepted: 3, pending: 3 })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, pending: 1 })
    world.api.last('four').answer(200)
    await world.pass(0)
    expect(lender.tracker.stats()).toMatchObject({ accepted: 4, delivered: 1, pending: 3 })
    world.api.way = ok
    world.api.last('one').answer(200)
    await world.pass(0)
    expect(lender.tracker.stats()).toMatchObject({ accepted: 4, delivered: 4, pending: 0 })
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('do not have what the outbox held, until it ends here', async () => {
    const storage = new SharedStorage(() => world.clock.now())
    await storage.open().append([
      {
        id: 'left',
        customerId: 'ada',
        operation: 'trackEvent',
        body: '{"customer_id":"ada","event":"left"}',
        acceptedAt: 0,
      },
    ])
    world.api.way = hang
    const { tracker } = open(storage)
    expect((await watched(tracker.start())).value).toMatchObject({ accepted: 0, pending: 0 })
    world.api.last('left').answer(200)
    await world.pass(0)
    expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('have a dead letter that was replayed here, wherever it is delivered then', async () => {
    const [, other] = await two()
    world.api.way = (call) => call.answer(422)
    await watched(other.tracker.trackEvent('ada', 'one'))
    world.api.way = ok
    const letters = (await watched(other.tracker.deadLetters())).value ?? []
    expect((await watched(other.tracker.replay(letters.map(({ id }) => id)))).value).toBe(1)
    expect(other.tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, dead: 0, pending: 0 })
  })

  test('have a dead letter of another owner once, though it is sent before the outbox says that it was replayed', async () => {
    const [lender, other] = await two()
    world.api.way = (call) => call.answer(422)
    await watched(other.tracker.trackEvent('ada', 'one'))
    await watched(other.tracker.trackEvent('grace', 'one'))
    world.api.way = ok
    const { tracker } = open(lender.outbox.storage)
    const letters = (await watched(tracker.deadLetters())).value ?? []
    lender.outbox.die()
    const said = Promise.withResolvers<void>()
    const { storage } = lender.outbox
    const [, replaying] = [...storage.owners]
    answering(replaying as SharedOutbox, 'replay', async (usual) => {
      const replayed = await usual()
      await said.promise
      return replayed
    })
    storage.owners.delete(other.outbox)
    const replay = watch(tracker.replay([letters[0]?.id ?? '']))
    await world.pass(attemptTimeoutMs)
    said.resolve()
    await world.pass(0)
    expect(replay.value).toBe(1)
    expect(tracker.stats()).toEqual({ accepted: 1, delivered: 1, rejected: 0, dropped: 0, dead: 0, pending: 0 })
  })

  test('add up where a customer is erased before the outbox says that others were replayed', async () => {
    const [lender, other] = await two()
    world.api.way = (call) => call.answer(422)
    void lender.tracker.trackEvent('ada', 'dead').settled()
    await world.pass(0)
    world.api.way = hang
    for (const name of ['one', 'two']) void lender.tracker.trackEvent('ada', name).settled()
    await world.pass(0)
    await watched(other.tracker.start())
    const answer = Promise.withResolvers<number>()
    answering(other.outbox, 'replay', () => answer.promise)
    const replay = watch(other.tracker.replay(['none']))
    await watched(other.tracker.forget('ada'))
    expect(other.tracker.stats()).toMatchObject({ dropped: 3, dead: 0 })
    answer.resolve(0)
    await world.pass(0)
    expect(replay.value).toBe(0)
    expect(other.tracker.stats()).toMatchObject({ accepted: 3, dropped: 3, dead: 0, pending: 0 })
  })
})

test('a flush waits for the calls of its own tracker, and not for as many of others', async () => {
  const [lender, other] = await two()
  world.api.way = hang
  void lender.tracker.trackEvent('ada', 'own')
  for (const customer of ['b', 'c', 'd']) void other.tracker.trackEvent(customer, 'foreign')
  await world.pass(0)
  const flush = watch(lender.tracker.flush())
  for (const call of world.api.calls.filter(({ event }) => event === 'foreign')) call.answer(200)
  await world.pass(0)
  expect(flush.state).toBe('open')
  world.api.last('own').answer(200)
  await world.pass(0)
  expect(flush.value).toMatchObject({ delivered: 4, pending: 0 })
})

test('what an outbox tells that makes no sense is refused, and changes nothing', async () => {
  let news: OutboxNews | undefined
  const outbox = Object.assign(new PlainOutbox(() => world.clock.now()), {
    watch: (given: OutboxNews) => {
      news = given
    },
  })
  const tracker = world.tracker({ outbox })
  await watched(tracker.start())
  for (const told of [undefined, [{}], [{ customerId: 'ada', id: 'one', kind: 'sent' }]] as unknown[]) {
    expect(() => news?.ended(told as EntryEnd[])).toThrow(OutboxError)
  }
  expect(tracker.stats()).toMatchObject({ accepted: 0 })
})
