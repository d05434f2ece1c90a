import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { firstExample, operations, specFile } from './document.ts'
import { key, startRelay } from './servers.ts'

type Relay = Awaited<ReturnType<typeof startRelay>>

const document = parse(readFileSync(specFile, 'utf8')) as { components: { schemas: { Problem: object } } }
const isProblem = new Ajv().compile(document.components.schemas.Problem)
const json = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
const event = '{"customer_id":"user123","event":"button_click"}'
const origin = 'https://app.example.com'

interface Init extends RequestInit {
  headers?: Record<string, string>
}

/** The last answer, as the mock before the relay judged it. */
async function answerOf(relay: Relay, path: string, init: Init = {}) {
  const response = await fetch(`${relay.url}${path}`, {
    method: 'POST',
    ...init,
    headers: { ...json, ...init.headers },
  })
  const problem: unknown = response.status === 200 ? undefined : await response.json()
  const violations = relay.front.requests.at(-1)?.answer.violations.map(({ location }) => location)
  const type = response.headers.get('content-type')
  return { status: response.status, type, isProblem: isProblem(problem), violations, headers: response.headers }
}

const problem = { type: 'application/problem+json', isProblem: true }

describe('What a relay refuses it says as the OpenAPI document describes it', () => {
  let relay: Relay
  beforeAll(async () => void (relay = await startRelay({ options: { origins: [origin] } })))
  afterAll(() => relay[Symbol.asyncDispose]())

  test.each<[number, string, Init]>([
    [400, 'what is not JSON', { body: '{"customer_id":' }],
    [400, 'what the API does not take', { body: '{"customer_id":"user123"}' }],
    [401, 'an unknown key', { body: event, headers: { authorization: 'Bearer pk_of_nobody_at_all_here' } }],
    [403, 'another origin', { body: event, headers: { origin: 'https://app.example.org' } }],
    [413, 'too large a body', { body: JSON.stringify({ customer_id: 'user123', event: 'a'.repeat(40_000) }) }],
  ])('by the %i for %s', async (status, _what, init) => {
    expect(await answerOf(relay, '/events/test', init)).toMatchObject({ status, ...problem, violations: [] })
  })

  test.each<[number, string, string, Init]>([
    [404, 'another path', '/event', { body: event }],
    [405, 'another method', '/events/test', { method: 'PUT', body: event }],
    [415, 'another media type', '/events/test', { body: event, headers: { 'content-type': 'text/xml' } }],
    [422, 'an event that cannot be sent', '/events/test', { body: '{"customer_id":" ","event":"button_click"}' }],
  ])('by the %i of its own for %s', async (status, _what, path, init) => {
    expect(await answerOf(relay, path, init)).toMatchObject({ status, ...problem })
  })

  test('by the 429 for too many requests', async () => {
    const rateLimit = { perKey: { perSecond: 0.001, burst: 1 } }
    await using limited = await startRelay({ options: { rateLimit } })
    expect(await answerOf(limited, '/events/test', { body: event })).toMatchObject({ status: 200, violations: [] })
    const refused = await answerOf(limited, '/events/test', { body: event })
    expect(refused).toMatchObject({ status: 429, ...problem, violations: [] })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('by the 503 with Retry-After when it cannot store', async () => {
    await using stopped = await startRelay({})
    await stopped.stop()
    const refused = await answerOf(stopped, '/events/test', { body: event })
    expect(refused).toMatchObject({ status: 503, ...problem, violations: [] })
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  })
})

describe('Without an outbox a relay tells what the API answers, as the OpenAPI document describes it', () => {
  let relay: Relay
  beforeAll(async () => void (relay = await startRelay({ isDirect: true })))
  afterEach(() => relay.api.reset())
  afterAll(() => relay[Symbol.asyncDispose]())

  const answers = operations.flatMap((operation) =>
    operation.statuses.map((status) => [operation.id, status, operation] as const),
  )
  test.each(answers)('%s, %i', async (_id, status, operation) => {
    if (status !== 200) relay.api.fail([{ status }])
    const answer = await answerOf(relay, operation.path, { body: JSON.stringify(firstExample(operation)) })
    expect(answer).toMatchObject({ violations: [], ...(status !== 200 && problem) })
    // The relay's own token is no matter of its client.
    expect(answer.status).toBe(status === 401 || status === 403 ? 502 : status)
  })
})
