import { type Fate, Proxy } from '@obsidianlaunch/testkit/proxy'
import { Random } from '@obsidianlaunch/testkit/random'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { useStage } from './support/stage.ts'
import { createSite, expectAllDelivered, expectInOrder, startTracker, trackMany } from './support/site.ts'

const stage = useStage()
let proxy: Proxy
beforeEach(async () => {
  proxy = await Proxy.start(stage.server.port)
})
afterEach(() => proxy?.[Symbol.asyncDispose]())

/** A tracker behind the network, which has begun. */
async function begin({ timeoutMs = 500 } = {}) {
  const site = await createSite(stage.server)
  const started = startTracker(postgresOutbox(proxy.through(site.url), { timeoutMs }), stage.api)
  await started.tracker.trackEvent(site.role, 'first')
  return { ...started, site }
}

test('a network that stops is told after timeoutMs, and nothing that it took is lost or out of order', async () => {
  const { tracker, site, told } = await begin()
  const load = trackMany(tracker, site.role, 400)
  await load.stored(50)
  proxy.stop()
  const problem = /did not answer within 500 ms \(timeoutMs\)/
  await expect
    .poll(() => tracker.status().outbox.trouble)
    .toMatchObject({ problem: 'io', message: expect.stringMatching(problem) as string })
  const late = tracker.trackEvent(site.role, 'late')
  proxy.go()
  await load.done()
  await late
  expectInOrder(stage.api, load.sent)
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 402)
  expect(told.join()).not.toMatch(/secret/)
})

test('a network that takes a tenth of a second each way is only slow', async () => {
  const { tracker, site, told } = await begin({ timeoutMs: 30_000 })
  proxy.delayMs = 100
  const load = trackMany(tracker, site.role, 100)
  await load.done()
  expectInOrder(stage.api, load.sent)
  expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 101)
  expect(told).toEqual([])
})

test.each([
  ['that cuts requests in their middle', 'cut', /./, 12],
  ['that cuts connections after the request', 'unanswered', /./, 12],
  ['that loses the answers of append alone, which is committed', 'unanswered', /append_/, 12],
  // Their customers wait for the end of the lease.
  ['that loses the answers of claim alone', 'unanswered', /claim_/, 2],
  ['that loses the answers of settle alone', 'unanswered', /settle_/, 12],
] as const)('a network %s loses no event and no order', async (_, fate, which, most) => {
  const { tracker, site } = await begin()
  const random = new Random(7)
  let failures = 0
  proxy.decide = (text): Fate => {
    if (!which.test(text) || failures >= most || random.next() > 0.3) return 'passes'
    failures++
    return fate
  }
  const load = trackMany(tracker, site.role, 300)
  await load.done()
  expectInOrder(stage.api, load.sent)
  expect(failures).toBeGreaterThan(0)
  proxy.decide = () => 'passes'
  await tracker.trackEvent(site.role, 'last')
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 302)
})

test('an event whose append was committed without an answer is stored once', async () => {
  const { tracker, site } = await begin()
  let isLost = false
  proxy.decide = (text): Fate => {
    if (isLost || !text.includes('append_')) return 'passes'
    isLost = true
    return 'unanswered'
  }
  await tracker.trackEvent(site.role, 'second', { id: 'an-id' })
  expect(isLost).toBe(true)
  expect(stage.api.arrivals.filter(({ id }) => id === 'an-id')).toHaveLength(1)
  await tracker.shutdown({ timeoutMs: 60_000 })
})

test('a shutdown ends by its deadline while nothing answers, and says what is pending', async () => {
  const { tracker, site } = await begin()
  proxy.stop()
  const delivery = tracker.trackEvent(site.role, 'second')
  const report = await tracker.shutdown({ timeoutMs: 300 })
  expect(report).toMatchObject({ accepted: 2, delivered: 1 })
  await expect(delivery).rejects.toMatchObject({ code: 'closed' })
})

test('a connection that listens and hangs half open is noticed and replaced, and what is told then is heard', async () => {
  const { tracker, site } = await begin({ timeoutMs: 3_000 })
  const listening = () => [...proxy.links].filter(({ sent }) => sent.includes('LISTEN'))
  await expect.poll(() => listening().length).toBe(1)
  const [hanging] = listening()
  if (hanging === undefined) throw new Error('nobody listens')
  proxy.stop(hanging)
  await expect.poll(() => listening().filter((link) => link !== hanging).length).toBe(1)
  await tracker.trackEvent(site.role, 'second')
  expect(stage.api.eventsOf(site.role)).toEqual(['first', 'second'])
  expect(tracker.status().outbox.trouble).toBeUndefined()
  await tracker.shutdown({ timeoutMs: 60_000 })
})
