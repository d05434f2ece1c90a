import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { RelayOptions } from '../../src/index.ts'
import { key, problemOf, type Running, running } from '../support/relay.ts'

const secret = 'a-secret-of-thirty-two-bytes-or-more'
const otherSecret = 'the-old-secret-of-thirty-two-bytes--'
const audience = 'events.example.com'
const identity = { secrets: [secret], audience }

/** A token as a user's server makes it. */
function token(
  claims: { sub?: string; aud?: string; exp?: number } = {},
  signedBy = secret,
  alg = 'HS256',
): Promise<string> {
  const { sub = 'user123', aud = audience, exp = Math.floor(Date.now() / 1_000) + 300 } = claims
  return new SignJWT({ sub, aud, exp }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(signedBy))
}

async function withToken(relay: Running, bearer: string, customer_id = 'user123'): Promise<[number, string]> {
  const response = await relay.post({ customer_id, event: 'a' }, { headers: { authorization: `Bearer ${bearer}` } })
  return [response.status, response.status === 200 ? 'stored' : (await problemOf(response)).name]
}

describe('A publishable key', () => {
  test.each([undefined, 'Bearer pk_live_another0123456789', 'Basic abc', 'Bearer something-else'])(
    'is needed where there are keys: %j is refused',
    async (authorization) => {
      await using relay = await running()
      const response = await fetch(`${relay.url}/events/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
        body: '{"customer_id":"a","event":"a"}',
      })
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect([response.status, (await problemOf(response)).name]).toEqual([401, 'key'])
      expect(relay.tracker.stats().accepted).toBe(0)
    },
  )

  test('may be replaced while the old one still counts', async () => {
    const next = 'pk_live_next0123456789abcd'
    await using relay = await running({ relay: { keys: [key, next] } })
    expect((await relay.post()).status).toBe(200)
    expect(await withToken(relay, next)).toEqual([200, 'stored'])
    expect(relay.records.map((record) => record.key)).toEqual(['…ghij', '…abcd'])
  })
})

describe('Several keys', () => {
  test('count each by itself, though they end alike', async () => {
    const keys = ['pk_live_frontend_0001', 'pk_live_backend__0001', 'pk_live_frontend_0001']
    await using relay = await running({ relay: { keys, rateLimit: { perKey: { perSecond: 0.001, burst: 1 } } } })
    for (const each of keys.slice(0, 2)) expect(await withToken(relay, each)).toEqual([200, 'stored'])
    expect(relay.records.map((record) => record.key)).toEqual(['…0001', '…0001 (2)'])
  })

  test('may have any labels', async () => {
    const keys = JSON.parse(`{ "__proto__": "${key}", "constructor": "pk_live_another0123456789" }`) as object
    await using relay = await running({ relay: { keys: keys as Record<string, string> } })
    expect(await withToken(relay, key)).toEqual([200, 'stored'])
    expect(relay.last.key).toBe('__proto__')
  })
})

describe('A signed identity', () => {
  test('lets its customer in, and no other', async () => {
    await using relay = await running({ relay: { identity } })
    expect(await withToken(relay, await token())).toEqual([200, 'stored'])
    expect(await withToken(relay, await token(), 'another')).toEqual([403, 'customer'])
    expect(relay.tracker.stats().accepted).toBe(1)
  })

  test.each([
    ['user123', 'user123 '],
    ['user123', 'USER123'],
    ['jos\u00e9', 'jose\u0301'],
    ['user123', 'user123\u200b'],
    ['anonymous-1', 'anonymous-'],
  ])('is of exactly one customer: that of %j says nothing for %j', async (sub, customer) => {
    await using relay = await running({ relay: { identity } })
    expect(await withToken(relay, await token({ sub }), customer)).toEqual([403, 'customer'])
    expect(await withToken(relay, await token({ sub }), sub)).toEqual([200, 'stored'])
  })

  test('and a key that disagree in header and query are judged by the header', async () => {
    await using relay = await running({ relay: { identity, keys: [key] } })
    const query = `?key=pk_live_another0123456789&key=${key}&identity=${await token({}, otherSecret)}`
    const send = async (path: string, bearer: string) =>
      (await relay.post(undefined, { path: `/events/test${path}`, headers: { authorization: `Bearer ${bearer}` } }))
        .status
    // An unknown key is refused whatever else is right.
    expect(await send(query, await token())).toBe(401)
    expect(await send(`?identity=${await token({}, otherSecret)}`, await token())).toBe(200)
    expect(await send(`?key=pk_live_another0123456789&identity=${await token()}`, key)).toBe(200)
    expect(await send(`?identity=${await token({}, otherSecret)}`, key)).toBe(401)
  })

  test.each([
    ['of another secret', () => token({}, otherSecret), 'another secret'],
    ['that has expired', () => token({ exp: Math.floor(Date.now() / 1_000) - 120 }), 'expired'],
    ['for another audience', () => token({ aud: 'elsewhere' }), 'aud'],
    ['signed by HS512', () => token({}, secret + secret, 'HS512'), 'HS256'],
    ['without a customer', () => token({ sub: '' }), 'sub'],
    ['that is none', () => Promise.resolve('not.a.token'), 'not a JSON Web Token'],
    ['of alg none', () => Promise.resolve(unsigned()), ''],
    ['longer than any', async () => `${await token()}${'x'.repeat(5_000)}`, 'too long'],
  ])('%s is refused, and the answer says why', async (_what, make, reason) => {
    await using relay = await running({ relay: { identity } })
    const bearer = await make()
    const response = await relay.post(undefined, { headers: { authorization: `Bearer ${bearer}` } })
    const problem = await problemOf(response)
    expect(problem).toMatchObject({ status: 401, name: 'identity', detail: expect.stringContaining(reason) })
    expect(JSON.stringify(problem) + JSON.stringify(relay.records)).not.toContain(bearer)
    expect(relay.tracker.stats().accepted).toBe(0)
  })

  test('may be signed by the old secret while there are two', async () => {
    await using relay = await running({ relay: { identity: { secrets: [secret, otherSecret], audience } } })
    expect(await withToken(relay, await token({}, otherSecret))).toEqual([200, 'stored'])
    for (const each of [secret, otherSecret]) {
      const old = await token({ exp: Math.floor(Date.now() / 1_000) - 120 }, each)
      const { detail } = await problemOf(await relay.post(undefined, { headers: { authorization: `Bearer ${old}` } }))
      expect(detail).toContain('expired')
    }
  })

  test('is required where it is required: a key alone is not enough', async () => {
    await using relay = await running({ relay: { identity, keys: [key] } })
    expect(await withToken(relay, key)).toEqual([401, 'identity'])
    expect(await withToken(relay, await token())).toEqual([200, 'stored'])
  })

  test('is needed for all but anonymous customers where that is the mode', async () => {
    await using relay = await running({ relay: { identity: { ...identity, mode: 'anonymous-only' }, keys: [key] } })
    expect(await withToken(relay, key, 'anonymous-77')).toEqual([200, 'stored'])
    expect(await withToken(relay, key, 'user123')).toEqual([401, 'identity'])
    expect(await withToken(relay, await token())).toEqual([200, 'stored'])
    expect(await withToken(relay, await token(), 'anonymous-77')).toEqual([403, 'customer'])
  })

  test('comes in the query of a beacon, which has no headers', async () => {
    await using relay = await running({ relay: { identity, keys: [key] } })
    const send = (query: string) =>
      fetch(`${relay.url}/events/test?${query}`, { method: 'POST', body: '{"customer_id":"user123","event":"a"}' })
    expect((await send(`key=${key}&identity=${await token()}`)).status).toBe(200)
    expect((await send(`key=${key}`)).status).toBe(401)
    expect(relay.records.map(({ path }) => path)).toEqual(['/events/test', '/events/test'])
  })
})

/** By the session that a cookie names. */
const authorize: RelayOptions['authorize'] = ({ customerId, operation, request }) =>
  Promise.resolve(operation === 'trackEvent' && request.headers.get('cookie') === `session=${customerId}`)

describe('A decision of one’s own', () => {
  test('is asked with the customer and the request', async () => {
    await using relay = await running({ relay: { authorize } })
    expect((await relay.post(undefined, { headers: { cookie: 'session=user123' } })).status).toBe(200)
    const refused = await relay.post(undefined, { headers: { cookie: 'session=another' } })
    expect([refused.status, (await problemOf(refused)).name]).toEqual([403, 'customer'])
  })
})

describe('Traits', () => {
  test('that are not in the list are refused with a pointer, and the rest is taken', async () => {
    await using relay = await running({ relay: { anyone: true, traits: ['name', 'properties.theme'] } })
    const identify = (body: object) => relay.post({ customer_id: 'user123', ...body }, { path: '/customer/test' })
    expect((await identify({ name: 'John', properties: { theme: 'dark' } })).status).toBe(200)
    const problem = await problemOf(
      await identify({ name: 'John', plan: 'free', properties: { theme: 'dark', 'credit/limit': 1 } }),
    )
    expect(problem).toMatchObject({ status: 422, name: 'not-allowed' })
    expect(problem.errors).toEqual([
      { pointer: '#/plan', detail: 'is set by the server alone' },
      { pointer: '#/properties/credit~1limit', detail: 'is set by the server alone' },
    ])
    expect((await relay.post()).status).toBe(200)
  })
})

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function unsigned(): string {
  return `${part({ alg: 'none' })}.${part({ sub: 'user123', aud: audience, exp: 9_999_999_999 })}.`
}
