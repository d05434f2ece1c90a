import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OutboxEntry } from '../../../src/event/event.ts'
import type { Claim, OutboxNews, Verdict } from '../../../src/outbox/outbox.ts'
import { hang } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { attemptTimeoutMs, World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }
const leaseMs = 2 * attemptTimeoutMs + 1_000
const longMs = 150_000
const patienceMs = 120_000
type Method = Parameters<typeof answering>[1]

/**
 * The outbox does what it is asked the first time, and its answer does not come.
 *
 * @returns brings it after all
 */
function losing(method: Method): () => void {
  const found = Promise.withResolvers<void>()
  let isFirst = true
  answering(outbox, method, async (usual) => {
    const answer = await usual()
    // Of claims, one that has lent something.
    if (!isFirst || (method === 'claim' && (answer as Claim[]).length === 0)) return answer
    isFirst = false
    return found.promise.then(() => answer)
  })
  return found.resolve
}

/** The customers whose entries were given back as if they had never been lent. */
function released(): string[] {
  const customers: string[] = []
  answering(outbox, 'settle', (usual, verdicts) => {
    for (const [{ entry }, { kind }] of verdicts as (readonly [Claim, Verdict])[]) {
      if (kind === 'release') customers.push(entry.customerId)
    }
    return usual()
  })
  return customers
}

test.each<Method>(['counts', 'append', 'claim', 'dueInMs', 'settle'])(
  'an answer to %s that never comes holds nothing up for good, though nobody waits for it',
  async (method) => {
    const tracker = world.tracker({ outbox })
    if (method !== 'counts') await tracker.start()
    losing(method)
    world.api.way = (call) => call.answer(world.api.log.length > 1 ? 200 : 503)
    for (const name of ['one', 'two', 'three']) void tracker.trackEvent('alice', name, { maxDeliveryMs: 1_000 })
    await world.pass(2 * longMs)
    const order = ['alice:one', 'alice:two', 'alice:three'].filter((name) => world.api.log.includes(name))
    expect([...new Set(world.api.log)]).toEqual(order)
    void tracker.trackEvent('alice', 'four')
    await world.pass(longMs)
    expect(world.api.log.at(-1)).toBe('alice:four')
    expect(outbox.pending).toEqual([])
    expect(tracker.stats()).toMatchObject({ accepted: 4, pending: 0 })
  },
)

test('an erasure that is never answered holds up the lane of its customer for a while only', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  answering(outbox, 'forget', () => new Promise(() => undefined))
  world.api.way = hang
  void tracker.trackEvent('alice', 'signup')
  await world.pass(0)
  const forgetting = watch(tracker.forget('alice'))
  world.api.way = (call) => call.answer(200)
  await world.pass(longMs)
  expect(forgetting.error).toMatchObject({ code: 'timeout' })
  void tracker.trackEvent('alice', 'login')
  await world.pass(60_000)
  expect(world.api.log.slice(-2)).toEqual(['alice:signup', 'alice:login'])
  expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 2 })
})

test.each([undefined, 'job-1'])(
  'an event that was lost on its way to the outbox is given again, and is told as stored and counted once (%s)',
  async (id) => {
    const tracker = world.tracker({ outbox })
    await tracker.start()
    let isFirst = true
    answering(outbox, 'append', (usual) => {
      if (!isFirst) return usual()
      isFirst = false
      return new Promise(() => undefined)
    })
    const call = { maxDeliveryMs: 2 * longMs, ...(id !== undefined && { id }) }
    const delivery = watch(tracker.trackEvent('alice', 'signup', call).settled())
    await world.pass(longMs)
    expect(delivery.value).toMatchObject({ outcome: 'delivered' })
    expect(world.api.log).toEqual(['alice:signup'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
  },
)

test('what is lent by an answer that comes too late is given back, and sent once', async () => {
  const given = released()
  const tracker = world.tracker({ outbox })
  await tracker.start()
  const find = losing('claim')
  void tracker.trackEvent('alice', 'signup')
  await world.pass(leaseMs - 1)
  expect(tracker.status().outbox.trouble).toBeUndefined()
  await world.pass(1)
  expect(tracker.status().outbox.trouble?.message).toBe(`The outbox did not answer claim() within ${leaseMs} ms.`)
  world.api.way = hang
  await world.pass(1_000)
  find()
  await world.pass(0)
  expect(given).toEqual(['alice'])
  world.api.way = (call) => call.answer(200)
  await world.pass(60_000)
  expect(new Set(world.api.log)).toEqual(new Set(['alice:signup']))
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
  expect(tracker.status().outbox.trouble).toBeUndefined()
})

test('what is lent while the tracker closes is given back before the outbox is closed', async () => {
  const given = released()
  let news: OutboxNews | undefined
  Object.assign(outbox, { watch: (listener: OutboxNews) => (news = listener) })
  const tracker = world.tracker({ outbox })
  await tracker.start()
  const find = losing('claim')
  const closed: string[] = []
  answering(outbox, 'close', () => void closed.push(...given, 'closed'))
  const operation = 'trackEvent'
  outbox.keep({ id: 'job-1', customerId: 'alice', operation, body: '{}', acceptedAt: world.clock.now() })
  news?.due()
  await world.pass(0)
  const shutdown = watch(tracker.shutdown())
  await world.pass(1_000)
  expect(shutdown.state).toBe('open')
  find()
  await world.pass(0)
  expect(shutdown.value).toEqual(none)
  expect(closed).toEqual(['alice', 'closed'])
  expect(world.api.log).toEqual([])
})

test('an outbox that never says what it lends keeps no tracker from closing', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  losing('claim')
  void tracker.trackEvent('alice', 'signup')
  await world.pass(0)
  const shutdown = watch(tracker.shutdown({ timeoutMs: 1_000 }))
  await world.pass(1_000)
  expect(shutdown.value).toMatchObject({ accepted: 1, pending: 1 })
  expect(world.errors).toEqual([])
})

test('an outbox that never says what it lends is told that nobody waits for it to close', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  losing('claim')
  let closed = 0
  answering(outbox, 'close', () => {
    closed++
    return new Promise(() => undefined)
  })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(0)
  const shutdown = watch(tracker.shutdown({ timeoutMs: 1_000 }))
  await world.pass(999)
  expect(closed).toBe(0)
  await world.pass(1)
  expect(shutdown.state).toBe('resolved')
  expect(closed).toBe(2)
})

test('what is given back late is sent as soon as it is there, and not when its lease would have ended', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  // The request takes its time, and so does its answer.
  const [arrives, found] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isFirst = true
  answering(outbox, 'claim', async (usual) => {
    if (!isFirst) return usual()
    isFirst = false
    await arrives.promise
    const answer = usual()
    return found.promise.then(() => answer)
  })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(leaseMs - 1_000)
  arrives.resolve()
  await world.pass(3_000)
  expect(world.api.log).toEqual([])
  found.resolve()
  await world.pass(1_000)
  expect(world.api.log).toEqual(['alice:signup'])
})

test('an event that was given in vain, and was stored all the same, is taken out when it is cancelled', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  answering(outbox, 'claim', () => [])
  losing('append')
  const abort = new AbortController()
  const delivery = watch(tracker.trackEvent('alice', 'signup', { signal: abort.signal, maxDeliveryMs: 2 * longMs }))
  await world.pass(patienceMs)
  expect(tracker.status().outbox.trouble?.message).toContain('append()')
  abort.abort()
  await world.pass(0)
  expect(delivery.error).toMatchObject({ code: 'cancelled', kept: false })
  await world.pass(longMs)
  expect(outbox.pending).toEqual([])
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, dropped: 1 })
})

test('what was stored without an answer is sent once, though its outbox does not look for ids that were minted', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  // It stores whatever it is given.
  answering(outbox, 'append', (_, entries) => {
    for (const entry of entries as OutboxEntry[]) outbox.keep(entry)
    return (entries as OutboxEntry[]).map(() => 'stored')
  })
  losing('append')
  let status = 503
  world.api.way = (call) => call.answer(status)
  for (const name of ['one', 'two', 'three']) void tracker.trackEvent('alice', name, { maxDeliveryMs: 2 * longMs })
  await world.pass(patienceMs)
  status = 200
  world.api.log.length = 0
  await world.pass(longMs)
  expect(world.api.log).toEqual(['alice:one', 'alice:two', 'alice:three'])
  expect(tracker.stats()).toEqual({ ...none, accepted: 3, delivered: 3 })
})

test('an outbox that never says whether it has taken something out holds nothing up for good', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  let lends = false
  answering(outbox, 'claim', (usual) => (lends ? usual() : []))
  losing('append')
  losing('remove')
  for (const name of ['one', 'two']) void tracker.trackEvent('alice', name, { maxDeliveryMs: 3 * longMs })
  await world.pass(longMs)
  expect(tracker.status().outbox.trouble?.message).toContain('append()')
  void tracker.trackEvent('bob', 'one', { maxDeliveryMs: longMs })
  lends = true
  await world.pass(longMs)
  expect(world.api.log.filter((name) => name.startsWith('alice'))).toEqual(['alice:one', 'alice:two'])
  expect(world.api.log).toContain('bob:one')
  expect(tracker.stats()).toEqual({ ...none, accepted: 3, delivered: 3 })
})

test('events keep their order, though only some of those that may be stored could be taken out', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  let [lends, removals] = [false, 0]
  answering(outbox, 'claim', (usual) => (lends ? usual() : []))
  losing('append')
  answering(outbox, 'remove', (usual) => {
    if (++removals === 1 || world.api.log.length > 0) return usual()
    lends = true
    throw new Error('the connection broke')
  })
  for (const name of ['one', 'two', 'three']) void tracker.trackEvent('alice', name, { maxDeliveryMs: 3 * longMs })
  await world.pass(2 * longMs)
  expect(removals).toBeGreaterThan(1)
  expect(world.api.log).toEqual(['alice:one', 'alice:two', 'alice:three'])
  expect(tracker.stats()).toEqual({ ...none, accepted: 3, delivered: 3 })
})

test('an outbox that holds nothing is not asked again and again', async () => {
  let asked = 0
  answering(outbox, 'claim', async (usual) => {
    asked++
    return usual()
  })
  const tracker = world.tracker({ outbox })
  await tracker.trackEvent('alice', 'signup')
  await world.pass(leaseMs)
  const before = asked
  await world.pass(24 * 3_600_000)
  expect(asked).toBe(before)
})

test('an event whose append was never answered, which nobody waits for any longer, is counted once when it turns out to be stored', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  losing('append')
  // Another owner has it meanwhile.
  let isLentElsewhere = true
  answering(outbox, 'claim', (usual) => (isLentElsewhere ? [] : usual()))
  const event = watch(tracker.trackEvent('alice', 'signup', { id: 'own' }).settled())
  await world.pass(patienceMs + longMs)
  expect(event.value).toMatchObject({ outcome: 'pending' })
  isLentElsewhere = false
  await world.pass(longMs)
  expect(world.api.log).toEqual(['alice:signup'])
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
})

test('events with and without ids of their own keep their order in a lane where an append is stored and never answered', async () => {
  const tracker = world.tracker({ outbox, maxDeliveryMs: 2 * longMs })
  await tracker.start()
  // Another owner has the lane meanwhile.
  let isLentElsewhere = true
  answering(outbox, 'claim', (usual) => (isLentElsewhere ? [] : usual()))
  losing('append')
  void tracker.trackEvent('bob', 'first', { id: 'of bob' })
  void tracker.trackEvent('alice', 'first')
  void tracker.trackEvent('alice', 'second', { id: 'of alice' })
  void tracker.trackEvent('bob', 'second')
  void tracker.trackEvent('alice', 'third')
  await world.pass(patienceMs + longMs)
  isLentElsewhere = false
  await world.pass(2 * longMs)
  const ofAlice = world.api.log.filter((name) => name.startsWith('alice'))
  expect(ofAlice).toEqual(['alice:first', 'alice:second', 'alice:third'])
  expect(world.api.log.filter((name) => name.startsWith('bob'))).toEqual(['bob:first', 'bob:second'])
  expect(tracker.stats()).toMatchObject({ accepted: 5, delivered: 5, pending: 0 })
})
