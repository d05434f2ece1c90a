import type { TokenIsolated } from '@obsidianlaunch/events-mock'
import { expect } from 'vitest'
import type { RequestRecord } from '../../src/index.ts'

/** A recipe as its clients and its owner see it. */
export interface Served {
  records: readonly RequestRecord[]
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export const key = 'pk_live_0123456789abcdefghij'
export const origin = 'https://app.example.com'
const json = { 'content-type': 'application/json', authorization: `Bearer ${key}` }

/** The promises of every recipe, by their names. */
export const promises: Record<string, (served: Served, mock: TokenIsolated) => Promise<void>> = {
  'takes both calls and sends them on with the token': async (served, mock) => {
    const customer = { customer_id: 'user123', name: 'John Doe', properties: { plan: 'premium' } }
    const event = { customer_id: 'user123', event: 'button_click', property: { at: '株式会社' } }
    expect(await answerTo(served, '/relay/customer/test', customer)).toMatchObject([200, { stored: true }])
    expect(await answerTo(served, '/relay/events/test', event)).toMatchObject([200, { stored: true }])
    await mock.waitFor({ operation: 'trackEvent' }, { timeoutMs: 60_000 })
    expect(mock.requests.map(({ body, violations }) => [body, violations])).toEqual([
      [customer, []],
      [event, []],
    ])
  },

  'takes the beacon of a page': async (served, mock) => {
    const body = '{"customer_id":"user123","event":"page_closed"}'
    const { status } = await served.fetch(`/relay/events/test?key=${key}&id=beacon-1`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain;charset=UTF-8', origin },
      body,
    })
    expect(status).toBe(200)
    await mock.waitFor(({ text }) => text === body, { timeoutMs: 60_000 })
  },

  'answers the browsers of its own pages, and no others': async (served) => {
    const preflight = (from: string) =>
      served.fetch('/relay/events/test', {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      })
    const [allowed, refused] = [await preflight(origin), await preflight('https://app.example.com.evil.example')]
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, origin])
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
  },

  'refuses by itself what is wrong with a body': async (served) => {
    const refusals = [
      await answerTo(served, '/relay/events/test', '{"customer_id":'),
      await answerTo(served, '/relay/events/test', ''),
      await answerTo(served, '/relay/events/test', { customer_id: 'user123' }),
      await answerTo(served, '/relay/events/test', { customer_id: 'user123', event: 'a'.repeat(40_000) }),
      await answerTo(served, '/relay/events/test', '<event/>', { 'content-type': 'application/xml' }),
      await answerTo(served, '/relay/events/test', {}, { authorization: 'Bearer pk_live_of_nobody_at_all' }),
    ]
    expect(
      refusals.map(([status, body]) => `${status} ${String(body['type']).replace(/.*\/errors\/relay\/#/, '')}`),
    ).toEqual(['400 not-json', '400 not-json', '400 not-valid', '413 too-large', '415 media-type', '401 key'])
  },

  'says that it is there': async (served) => {
    expect((await served.fetch('/relay/healthz')).status).toBe(200)
    expect((await served.fetch('/relay/nothing')).status).toBe(404)
  },
}

export async function answerTo(
  served: Served,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<[number, Record<string, unknown>]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await served.fetch(path, { method: 'POST', headers: { ...json, ...headers }, body: text })
  return [response.status, (await response.json()) as Record<string, unknown>]
}
