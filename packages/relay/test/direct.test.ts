import { closedPort } from '@obsidianlaunch/testkit/listen'
import { hang, ok, status } from '@obsidianlaunch/testkit/api'
import { describe, expect, test } from 'vitest'
import { problemOf, projectToken, running } from './support/relay.ts'

const direct = { isDirect: true, relay: { anyone: true, answerTimeoutMs: 60_000 }, tracker: { maxRetries: 0 } }

describe('Without an outbox the answer waits for the API', () => {
  test('which has the event when the answer comes', async () => {
    await using relay = await running(direct)
    expect(await (await relay.post()).json()).toMatchObject({ stored: true })
    expect(relay.api.arrivals).toHaveLength(1)
  })

  test.each([400, 409, 413, 415, 422])('and has its own verdict about an event: %i', async (code) => {
    await using relay = await running({ ...direct, api: status(code) })
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([code, 'not-sendable'])
  })

  test.each([401, 403, 404, 407, 302])('and is never shown its %i as the client’s own', async (code) => {
    await using relay = await running({ ...direct, api: status(code, { location: '/elsewhere' }) })
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([502, 'upstream'])
  })

  test('and passes on how long everybody is to wait', async () => {
    await using relay = await running({ ...direct, api: status(429, { 'retry-after': '17' }) })
    const refused = await relay.post()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '17'])
    await using down = await running({ ...direct, api: status(503, { 'retry-after': '9' }) })
    const unavailable = await down.post()
    expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '9'])
  })

  test('and says so, too, where that is longer than an answer may take: the event has not arrived', async () => {
    await using relay = await running({
      isDirect: true,
      relay: { anyone: true, answerTimeoutMs: 5_000 },
      api: status(429, { 'retry-after': '59' }),
    })
    for (const customer_id of ['first', 'second']) {
      const refused = await relay.post({ customer_id, event: 'a' })
      expect([refused.status, (await problemOf(refused)).name]).toEqual([429, 'rate-limit'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10)
    }
    expect(relay.api.arrivals).toHaveLength(1)
  })

  test.each([
    ['99999999', '60'],
    ['0', '1'],
    ['soon', '5'],
    ['-1', '5'],
    [projectToken, '5'],
    ['Wed, 21 Oct 2026 07:28:31 GMT', '31'],
    ['Wed, 21 Oct 2099 07:28:00 GMT', '60'],
  ])('and no nonsense of that: Retry-After %s is passed on as %s', async (wait, expected) => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
    await using relay = await running({ ...direct, api: status(429, { 'retry-after': wait, date }) })
    expect((await relay.post()).headers.get('retry-after')).toBe(expected)
  })

  test.each([600, 999])('and no status that an answer cannot have: %i', async (code) => {
    await using relay = await running({ ...direct, api: status(code) })
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([502, 'upstream'])
  })

  test.each([400, 429, 500, 503])('and not its words, which are not for everybody: %i', async (code) => {
    await using relay = await running({ ...direct, api: status(code, { 'x-request-id': 'of-the-api' }, 'of the API') })
    const refused = await relay.post()
    expect((await refused.text()) + JSON.stringify([...refused.headers])).not.toMatch(/of.the.api/i)
  })

  test('but not for longer than an answer may take', async () => {
    await using relay = await running({ ...direct, api: hang, relay: { anyone: true, answerTimeoutMs: 100 } })
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([504, 'upstream-slow'])
    expect(refused.headers.get('retry-after')).toBe('5')
  })

  test('and says so where it cannot be reached', async () => {
    const port = await closedPort()
    await using relay = await running({
      ...direct,
      api: ok,
      tracker: { maxRetries: 0, baseUrl: `http://127.0.0.1:${port}` },
    })
    const refused = await relay.post()
    expect([refused.status, (await problemOf(refused)).name]).toEqual([502, 'upstream'])
  })
})
