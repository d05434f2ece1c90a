import { request } from 'node:http'
import { EventTracker } from '@obsidianlaunch/events'
import { expect, test } from 'vitest'
import { type AdminOptions, createAdmin } from '../../src/admin.ts'
import { operated } from './operated.ts'

/** The status for a look at the page with these headers. */
function look(url: string, headers: Record<string, string>, path = '/', method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}${path}`, { headers, method }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asking.on('error', reject).end()
  })
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`me:${password}`).toString('base64')}`
}

test.each(['localhost:9090', '127.0.0.1', '[::1]:9090', '192.168.1.7:9090', 'relay.localhost'])(
  'the page opens under the name %s',
  async (host) => {
    await using own = await operated()
    expect(await look(own.url, { host })).toBe(200)
  },
)

test('the page stays shut under a foreign name, unless it is allowed', async () => {
  await using own = await operated({ admin: { allowedHosts: ['relay.internal', 'other.internal:1'] } })
  for (const host of ['attacker.example', 'localhost.attacker.example', 'other.internal:2']) {
    expect([host, await look(own.url, { host })]).toEqual([host, 403])
    expect([host, await look(own.url, { host }, '/metrics')]).toEqual([host, 403])
    expect([host, await look(own.url, { host }, '/healthz')]).toEqual([host, 200])
  }
  for (const host of ['relay.internal', 'relay.internal:9090', 'other.internal:1']) {
    expect([host, await look(own.url, { host })]).toEqual([host, 200])
  }
})

test.each([
  ['another origin', { origin: 'https://attacker.example' }],
  ['an opaque origin', { origin: 'null' }],
  ['another port', { origin: 'http://127.0.0.1:1' }],
  [
    'an image of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ],
  [
    'a frame of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
])('%s can neither read nor change anything', async (_, headers) => {
  await using own = await operated()
  expect(await look(own.url, headers, '/dead')).toBe(403)
  expect(await look(own.url, { ...headers, 'content-type': 'application/json' }, '/forget', 'POST')).toBe(403)
  expect(await look(own.url, headers, '/forget', 'OPTIONS')).toBe(403)
})

test('its own page and a link from elsewhere can', async () => {
  await using own = await operated()
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect(await look(own.url, { origin: own.url }, '/dead')).toBe(200)
  expect(await look(own.url, { 'sec-fetch-site': 'same-origin' }, '/dead')).toBe(200)
  expect(await look(own.url, link)).toBe(200)
})

test('with a token whoever asks has to bring it, but for health', async () => {
  const token = 'a-long-token-of-the-admin'
  await using own = await operated({ admin: { token } })
  const asked = await own.get('/')
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')])
  for (const path of ['/', '/metrics', '/dead', '/events']) expect((await own.get(path)).status).toBe(401)
  for (const authorization of [`Bearer ${token}x`, basic('wrong'), 'Basic !!', 'Bearer', basic('')]) {
    expect([authorization, (await own.get('/dead', { authorization })).status]).toEqual([authorization, 401])
  }
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, basic(token)]) {
    expect([authorization, (await own.get('/dead', { authorization })).status]).toEqual([authorization, 200])
  }
  expect((await own.get('/healthz')).status).toBe(200)
})

test('without a token the page is for this machine alone, and metrics and health for whoever reaches the listener', async () => {
  await using tracker = new EventTracker({ token: null, baseUrl: 'http://localhost:1' })
  const admin = createAdmin(tracker)
  const from = async (remoteAddress: string | undefined, path: string) =>
    (await admin.fetch(new Request(`http://10.0.0.1:9090${path}`), { remoteAddress })).status
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', undefined]) {
    expect([address, await from(address, '/dead')]).toEqual([address, 200])
  }
  expect(await from('10.0.0.2', '/dead')).toBe(403)
  expect(await from('10.0.0.2', '/')).toBe(403)
  expect(await from('10.0.0.2', '/metrics')).toBe(200)
  expect(await from('10.0.0.2', '/readyz')).toBe(200)
  admin.close()
})

test.each<[AdminOptions, string]>([
  [{ token: 'short' }, 'token must be at least 16'],
  [{ token: '' }, 'token must be at least 16'],
  [{ token: 'with spaces in it, and long' }, 'token must be at least 16'],
  [{ allowedHosts: 'relay.internal' as unknown as string[] }, 'allowedHosts must be a list'],
  [{ allowedHosts: ['http://relay.internal'] }, 'allowedHosts must be a list'],
  [{ tokens: [] } as AdminOptions, 'unknown option tokens'],
])('the options %o are refused', async (options, reason) => {
  await using tracker = new EventTracker({ token: null, baseUrl: 'http://localhost:1' })
  expect(() => createAdmin(tracker, options)).toThrow(reason)
})
