import { closedPort } from '@obsidianlaunch/testkit/listen'
import { hang, ok, status } from '@obsidianlaunch/testkit/api'
import { describe, expect, test } from 'vitest'
import { problemOf, running } from './support/relay.ts'

const direct = { isDirect: true, relay: { anyone: true, answerTimeoutMs: 2_000 }, tracker: { maxRetries: 0 } }

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
