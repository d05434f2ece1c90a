import { request } from 'node:http'
import { expect, test } from 'vitest'
import { Recorder } from '../../src/recording/recorder.ts'
import { post, sharedMock, track } from '../calls.ts'
import { exchange, inspectorOf } from './inspector-of.ts'

const mock = sharedMock()
const at = (path: string) => `${mock().url}/_inspector${path}`

/** Reads a stream until the text is there. */
async function read(url: string, until: string, headers: Record<string, string> = {}): Promise<string> {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes(until)) break
  }
  abort.abort()
  return text
}

test.each(['', '/', '/page.js', '/style.css', '/icon.svg'])(
  'the file at /_inspector%s is sent once and then known',
  async (path) => {
    const first = await fetch(at(path))
    expect(first.status).toBe(200)
    expect(first.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(first.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await first.text()).length).toBeGreaterThan(100)
    const again = await fetch(at(path), { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  },
)

test('the page is small', async () => {
  const sizes = await Promise.all(
    ['', '/page.js', '/style.css'].map(async (path) => (await (await fetch(at(path))).text()).length),
  )
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(90_000)
})

test('a page that comes back is told only what it has not seen, and everything after a restart', async () => {
  const recorder = new Recorder({ maxRecords: 100, maxBytes: Infinity })
  for (let seq = 1; seq <= 3; seq += 1) recorder.add(exchange(seq))
  const inspector = await inspectorOf(recorder)
  try {
    const stream = `${inspector.url}/_inspector/events`
    const first = await read(stream, 'event-3')
    expect(first).toContain('event-1')
    const id = /^id: (.*:3)$/m.exec(first)?.[1] ?? ''
    recorder.add(exchange(4))
    const again = await read(stream, 'event-4', { 'last-event-id': id })
    expect(again).not.toContain('event-3')
    expect(await read(`${stream}?after=${encodeURIComponent(id)}`, 'event-4')).not.toContain('event-3')
    for (const foreign of ['another-run:3', 'nonsense', `${id}9999999999999999999`]) {
      expect(await read(stream, 'event-4', { 'last-event-id': foreign })).toContain('event-1')
    }
  } finally {
    await inspector[Symbol.asyncDispose]()
  }
})

test('the token is nowhere in the stream', async () => {
  await post(mock(), '/events/test', JSON.stringify(track))
  expect(await read(at('/events'), 'button_click')).not.toContain('secret-token')
})

test('a fault is switched on and off, and a malformed one is refused with the list of the known', async () => {
  const order = (body: string) => fetch(at('/faults'), { method: 'POST', body })
  const on = await order(JSON.stringify({ fault: { status: 503, times: null }, filter: { customer: 'ada' } }))
  expect(on.status).toBe(201)
  const { id, left } = (await on.json()) as { id: number; left: null }
  expect(left).toBeNull()
  expect((await fetch(at(`/faults/${id}`), { method: 'DELETE' })).status).toBe(204)
  expect((await post(mock(), '/events/test', JSON.stringify({ ...track, customer_id: 'ada' }))).status).toBe(200)
  for (const bad of [
    '',
    'null',
    '{}',
    '{"fault":{"status":99},"filter":{}}',
    '{"fault":{"fault":"burn"},"filter":{}}',
    'x'.repeat(20_000),
  ]) {
    const refused = await order(bad)
    expect(refused.status).toBe(400)
    expect(((await refused.json()) as { message: string }).message).toMatch(/./)
  }
})

test('no page can take away what tests hold', async () => {
  await post(mock(), '/events/test', JSON.stringify(track))
  expect((await fetch(at('/exchanges'), { method: 'DELETE' })).status).toBe(404)
  expect(mock().requests).toHaveLength(1)
})

test('other paths and methods get an answer that says so', async () => {
  expect((await fetch(at('/nowhere'))).status).toBe(404)
  const wrong = await fetch(at('/faults'), { method: 'PUT' })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
})

test.each([
  ['an origin that is not its own', { origin: 'https://evil.example' }],
  ['a page of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a name that may have been rebound', { host: 'evil.example' }],
])('%s gets nothing of the recorder and changes nothing', async (_, headers) => {
  await post(mock(), '/events/test', JSON.stringify(track))
  const statusOf = (method: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const call = request(at(path), { method, headers }, (response) => {
        resolve(response.statusCode)
        response.destroy()
      })
      call.on('error', reject).end()
    })
  expect(await statusOf('GET', '/events')).toBe(403)
  expect(await statusOf('DELETE', '/faults')).toBe(403)
  expect(await statusOf('POST', '/faults')).toBe(403)
  expect(mock().requests).toHaveLength(1)
})
