import { request } from 'node:http'
import { expect, test } from 'vitest'
import { startMock } from '../../src/index.ts'
import { sharedMock } from '../calls.ts'

const mock = sharedMock()

/** The status for a look at the inspector with these headers, and what it allows to others. */
function look(url: string, headers: Record<string, string>): Promise<[number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/_inspector`, { headers }, (response) => {
      response.resume()
      resolve([response.statusCode, response.headers['access-control-allow-origin']])
    })
    asking.on('error', reject).end()
  })
}

test.each(['localhost:4010', '127.0.0.1', '[::1]:4010', '192.168.1.7:4010'])(
  'the inspector opens under the name %s',
  async (host) => {
    expect(await look(mock().url, { host })).toEqual([200, undefined])
  },
)

test.each(['attacker.example', 'localhost.attacker.example:4010'])(
  'the inspector stays shut under the foreign name "%s"',
  async (host) => {
    expect((await look(mock().url, { host }))[0]).toBe(403)
  },
)

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
])('%s cannot read the inspector', async (_, headers) => {
  expect(await look(mock().url, headers)).toEqual([403, undefined])
})

test('its own page and a link from elsewhere can', async () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect((await look(mock().url, { origin: mock().url }))[0]).toBe(200)
  expect((await look(mock().url, { 'sec-fetch-site': 'same-origin' }))[0]).toBe(200)
  expect((await look(mock().url, link))[0]).toBe(200)
})

test('an origin that is allowed by name can read it', async () => {
  await using open = await startMock({ origins: ['http://dev.example:5173'] })
  expect(await look(open.url, { origin: 'http://dev.example:5173' })).toEqual([200, 'http://dev.example:5173'])
  expect((await look(open.url, { host: 'dev.example:5173' }))[0]).toBe(200)
  expect((await look(open.url, { origin: 'http://dev.example' }))[0]).toBe(403)
})
