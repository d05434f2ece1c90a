import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { answer, head, type Script, type Step, whole } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

const reset: Step = { finish: 'reset' }
const close: Step = { finish: 'close' }
const silence: Step = { finish: 'silence' }
const ok = answer(200)
/** For attempts that are meant to run out of time. All others end before, on a busy machine too. */
const attemptTimeoutMs = 4_000

function trackerOf(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, backoff: { baseMs: 1, capMs: 5 }, attemptTimeoutMs, ...options })
}

/** A body that lasts longer than an attempt may. */
const slowBody: Step = { trickle: '{"success":true}', everyMs: 500 }
const chunked = head(200, { 'Transfer-Encoding': 'chunked' })
const zipped = gzipSync('{"success":true}')
const [japanese, split] = [Buffer.from('{"name":"株式会社"}'), 11]
const inChunk = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
/** Any value: the network decides how much of a body that was cut has come in time. */
const some: unknown = expect.toSatisfy(() => true)

describe('a 2xx is delivered, with one request', () => {
  test.concurrent.each<[string, Step[], unknown]>([
    ['that is reset after its head', [{ send: head(200, { 'Content-Length': 16 }) }, reset], undefined],
    ['that is reset in the middle of its body', [{ send: `${head(200, { 'Content-Length': 16 })}{"suc` }, reset], some],
    ['that ends in the middle of its body', [{ send: `${head(200, { 'Content-Length': 16 })}{"suc` }, close], some],
    ['that is silent after its head', [{ send: head(200, { 'Content-Length': 16 }) }, silence], undefined],
    ['whose body is slower than the attempt may be', [{ send: head(200, { 'Content-Length': 16 }) }, slowBody], some],
    [
      'whose body trickles, but in time',
      [{ send: head(200, { 'Content-Length': 16 }) }, { trickle: '{"success":true}', everyMs: 1 }],
      { success: true },
    ],
    ['whose body has no end', [{ send: head(200) }, { flood: 'x'.repeat(16_384) }], some],
    ['whose chunks have no end', [{ send: chunked }, { flood: `4000\r\n${'x'.repeat(16_384)}\r\n` }], some],
    ['whose chunks are no chunks', [{ send: `${chunked}no number\r\n` }, silence], undefined],
    ['whose last chunk is missing', [{ send: `${chunked}4\r\ntrue\r\n` }, close], some],
    [
      'whose chunks split a character',
      [
        { send: chunked },
        { send: inChunk(japanese.subarray(0, split)) },
        { waitMs: 5 },
        { send: inChunk(japanese.subarray(split)) },
        { send: '0\r\n\r\n' },
      ],
      { name: '株式会社' },
    ],
    ['whose JSON is junk', [{ send: whole(200, '{"success":tru}') }], '{"success":tru}'],
    ['whose JSON is a page', [{ send: whole(200, '<html>', { 'Content-Type': 'application/json' }) }], '<html>'],
    ['that is empty', [{ send: whole(200, '') }], undefined],
    ['without content', [{ send: head(204) }], undefined],
    ['of a rare status', [{ send: whole(299) }], { success: true }],
    ['whose body ends with the connection', [{ send: `${head(200)}{"success":true}` }, close], { success: true }],
    ['of HTTP/1.0', [{ send: 'HTTP/1.0 200\r\n\r\n{"success":true}' }, close], { success: true }],
    [
      'that is compressed',
      [{ send: head(200, { 'Content-Encoding': 'gzip', 'Content-Length': zipped.length }) }, { send: zipped }],
      { success: true },
    ],
    ['that only says it is compressed', [{ send: whole(200, 'no gzip', { 'Content-Encoding': 'gzip' }) }], undefined],
    ['after early hints', [{ send: head(103, { Link: '</a.css>' }) + whole(200) }], { success: true }],
    [
      'after interim answers of all kinds',
      [{ send: head(102) + head(103) }, { waitMs: 5 }, { send: head(103) + head(199) + whole(200) }],
      { success: true },
    ],
    ['that trickles from its first byte on', [{ trickle: whole(200), everyMs: 0 }], { success: true }],
    ['with long headers', [{ send: whole(200, '1', { 'X-Long': 'x'.repeat(12_000) }) }], 1],
  ])('%s', async (_, steps, data) => {
    await using server = await scripted([{ steps }])
    const receipt = await trackerOf(server.url).trackEvent('user123', 'x')
    expect(receipt.attempts).toBe(1)
    expect(server.log).toEqual(['user123:x'])
    expect(receipt.data).toEqual(data)
  })

  test('that came before the body of the request was read', async () => {
    await using server = await scripted([{ after: 'head', steps: [{ send: whole(200) }, { finish: 'silence' }] }])
    expect(await trackerOf(server.url).trackEvent('user123', 'x')).toMatchObject({ status: 200, attempts: 1 })
    expect(server.connections).toBe(1)
  })
})

describe('no answer is tried again, under the same id, and delivered', () => {
  test.concurrent.each<[string, Script]>([
    ['after a reset of the new connection', { after: 'connection', steps: [reset] }],
    ['after an end of the new connection', { after: 'connection', steps: [close] }],
    ['after a reset before the body of the request was read', { after: 'head', steps: [reset] }],
    ['after a reset instead of an answer', { steps: [reset] }],
    ['after an end instead of an answer', { steps: [close] }],
    ['after silence', { steps: [silence] }],
    ['after an answer that came too late', { steps: [{ waitMs: 8_000 }, { send: whole(200) }] }],
    ['after half a status line', { steps: [{ send: 'HTTP/1.1 20' }, reset] }],
    ['after a status line without the rest of the head', { steps: [{ send: 'HTTP/1.1 200 OK\r\n' }, reset] }],
    ['after half a head and an end', { steps: [{ send: 'HTTP/1.1 200 OK\r\nContent-Le' }, close] }],
    ['after half a head and silence', { steps: [{ send: 'HTTP/1.1 200 OK\r\nContent-Le' }, silence] }],
    ['after a head that trickles too slowly', { steps: [{ trickle: whole(200), everyMs: 150 }] }],
    ['after early hints and a reset', { steps: [{ send: head(103) }, reset] }],
    ['after early hints and silence', { steps: [{ send: head(103) }, silence] }],
    ['after interim answers without end', { steps: [{ flood: head(102), everyMs: 20 }] }],
    ['after a switch of protocols that nobody asked for', { steps: [{ send: head(101, { Upgrade: 'x' }) }, silence] }],
    ['after the words of another protocol', { steps: [{ send: 'SSH-2.0-OpenSSH_9.9\r\n' }, silence] }],
    [
      'after an answer of two lengths',
      { steps: [{ send: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12' }, silence] },
    ],
  ])('%s', async (_, script) => {
    await using server = await scripted([script, ok])
    const receipt = await trackerOf(server.url).trackEvent('user123', 'x', { id: 'job-7' })
    expect(receipt).toMatchObject({ id: 'job-7', status: 200, attempts: 2 })
    // The server may have received it twice: then it can tell by the id.
    expect(new Set(server.received.map(({ id }) => id))).toEqual(new Set(['job-7']))
    expect(server.received.length).toBeLessThanOrEqual(2)
  })

  test('and the customer’s later events wait for it', async () => {
    await using server = await scripted([{ steps: [reset] }, answer(503), { steps: [close] }, ok])
    const tracker = trackerOf(server.url)
    for (const event of ['a', 'b', 'c']) void tracker.trackEvent('user123', event)
    expect(await tracker.shutdown()).toMatchObject({ delivered: 3, pending: 0 })
    expect(server.log).toEqual(['a', 'a', 'a', 'a', 'b', 'c'].map((event) => `user123:${event}`))
    expect(server.received.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 1, 1])
  })
})
