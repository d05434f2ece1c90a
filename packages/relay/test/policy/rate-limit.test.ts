import { expect, test } from 'vitest'
import { RateLimiter } from '../../src/policy/rate-limit.ts'
import { problemOf, running } from '../support/relay.ts'

test('A burst is taken, then so many a second; the answer says how long to wait', async () => {
  let now = 0
  await using relay = await running({
    relay: { anyone: true, clock: { now: () => now }, rateLimit: { perAddress: { perSecond: 2, burst: 3 } } },
  })
  const statuses = async (times: number) => {
    const answers: number[] = []
    for (let at = 0; at < times; at++) answers.push((await relay.post()).status)
    return answers
  }
  expect(await statuses(4)).toEqual([200, 200, 200, 429])
  const refused = await relay.post()
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('ratelimit')).toBe('"address";r=0;t=1')
  expect(refused.headers.get('ratelimit-policy')).toBe('"address";q=3;w=2')
  expect((await problemOf(refused)).name).toBe('rate-limit')
  now += 1_000
  expect(await statuses(3)).toEqual([200, 200, 429])
  expect(relay.tracker.stats().accepted).toBe(5)
})

test('A forged X-Forwarded-For does not make a new client of an old one', async () => {
  await using relay = await running({
    relay: { anyone: true, rateLimit: { perAddress: { perSecond: 0.001, burst: 2 } } },
  })
  const send = (address: string) => relay.post(undefined, { headers: { 'x-forwarded-for': address } })
  const answers = [await send('1.1.1.1'), await send('2.2.2.2'), await send('3.3.3.3')]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
})

test('Clients behind a proxy of one’s own are counted each by itself', async () => {
  await using relay = await running({
    relay: { anyone: true, trustedProxies: 1, rateLimit: { perAddress: { perSecond: 0.001, burst: 1 } } },
  })
  const send = (address: string) => relay.post(undefined, { headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } })
  const answers = [await send('1.1.1.1'), await send('2.2.2.2'), await send('1.1.1.1')]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
})

test('A storm of preflights is held back like any other', async () => {
  await using relay = await running({
    relay: { anyone: true, rateLimit: { perAddress: { perSecond: 0.001, burst: 5 } } },
  })
  const ask = () => fetch(`${relay.url}/events/test`, { method: 'OPTIONS' })
  const answers = await Promise.all(Array.from({ length: 50 }, ask))
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(45)
})

test('A key is counted over all addresses', async () => {
  await using relay = await running({
    relay: { keys: { web: 'pk_live_0123456789abcdefghij' }, rateLimit: { perKey: { perSecond: 0.001, burst: 1 } } },
  })
  expect([(await relay.post()).status, (await relay.post()).status]).toEqual([200, 429])
})

test('A clock that is set back or far ahead gives nobody more than a burst, and keeps nobody out for longer', () => {
  let now = 5_000_000
  const limiter = new RateLimiter('address', { perSecond: 1, burst: 2 }, () => now)
  const taken = () => [1, 2, 3].map(() => limiter.take('a') === undefined)
  expect(taken()).toEqual([true, true, false])
  now -= 3_600_000
  expect(taken()).toEqual([false, false, false])
  now += 1_000
  expect(taken()).toEqual([true, false, false])
  now += 999_000_000
  expect(taken()).toEqual([true, true, false])
})

test('However many addresses there are, the memory for them is bounded', () => {
  const limiter = new RateLimiter('address', { perSecond: 0.001, burst: 1 }, () => 0)
  expect(limiter.take('first')).toBeUndefined()
  for (let at = 0; at < 50_000; at++) limiter.take(`address-${at}`)
  // Dropped, and so full again; the newest are known still.
  expect(limiter.take('first')).toBeUndefined()
  expect(limiter.take('address-49999')).toBeDefined()
})
