import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readBody } from '../../src/http/answer.ts'

const never = new AbortController().signal
let answer: (response: ServerResponse) => void
let closed: Promise<void>
const server = createServer((request, response) => {
  closed = new Promise((resolve) => request.socket.once('close', () => resolve()))
  answer(response)
})
let url = ''

beforeEach(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(async () => {
  await new Promise((done) => {
    server.close(done)
    server.closeAllConnections()
  })
})

/** The text of a real answer, as far as it is read. */
async function read(script: typeof answer): Promise<string> {
  answer = script
  return readBody(await fetch(url), never)
}

/** A response whose chunks come one by one; it stays open unless it ends. */
function chunks(parts: (string | Uint8Array)[], ends = true): Response {
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part)
      if (ends) controller.close()
    },
  })
  return new Response(stream)
}

test('a body is read to its end, whatever the status', async () => {
  expect(await read((response) => response.writeHead(503).end('Try later'))).toBe('Try later')
})

test.each([204, 304])('a %i has no body, and an empty text', async (status) => {
  expect(await readBody(new Response(null, { status }), never)).toBe('')
})

test('an empty body is an empty text', async () => {
  expect(await read((response) => response.end())).toBe('')
})

test('a body in many pieces is put together', async () => {
  const text = await read((response) => {
    response.write('{"success":')
    setImmediate(() => response.end('true}'))
  })
  expect(text).toBe('{"success":true}')
})

test('a character that is split between pieces is whole again', async () => {
  const bytes = new TextEncoder().encode('株式会社 👩‍🚀 é')
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
  expect(await readBody(chunks(single), never)).toBe('株式会社 👩‍🚀 é')
})

test('junk that is no UTF-8 is read without a complaint', async () => {
  const text = await readBody(chunks([Uint8Array.of(0x61, 0xff, 0xfe), Uint8Array.of(0xf0, 0x9f)]), never)
  expect(text).toMatch(/^a\ufffd+$/)
})

describe('it is no error', () => {
  test('when the body is cut', async () => {
    const text = await read((response) => {
      response.writeHead(200, { 'Content-Length': 1_000 })
      response.write('half an ans', () => response.destroy())
    })
    // How much of it came in time is up to the network.
    expect('half an ans'.startsWith(text)).toBe(true)
  })

  test('when the body is cut, and what came before counts', async () => {
    const pieces = ['half ', 'an ans']
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift()
          if (piece === undefined) controller.error(new Error('reset'))
          else controller.enqueue(new TextEncoder().encode(piece))
        },
      },
      { highWaterMark: 0 },
    )
    expect(await readBody(new Response(stream), never)).toBe('half an ans')
  })

  test('when the body fails before its first piece', async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) })
    expect(await readBody(new Response(stream), never)).toBe('')
  })

  test('when the body does not end: the signal ends it, and the connection is freed', async () => {
    answer = (response) => response.write('and so on')
    const abort = new AbortController()
    const { body } = await fetch(url)
    const watched = body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          controller.enqueue(chunk)
          // When the chunk has been read.
          setImmediate(() => abort.abort())
        },
      }),
    )
    expect(await readBody(new Response(watched ?? null), abort.signal)).toBe('and so on')
    // Resolves only when the server sees that nobody listens any more.
    await closed
  })

  test('when fetch ends the body by the same signal', async () => {
    const abort = new AbortController()
    answer = (response) => response.write('and so on')
    const reading = readBody(await fetch(url, { signal: abort.signal }), abort.signal)
    setImmediate(() => abort.abort())
    expect('and so on'.startsWith(await reading)).toBe(true)
  })

  test('when a stream does not know of the signal', async () => {
    const abort = new AbortController()
    const reading = readBody(chunks(['and so on'], false), abort.signal)
    setImmediate(() => abort.abort())
    expect(await reading).toBe('and so on')
  })

  test('when the signal came before the body', async () => {
    expect(await readBody(chunks([], false), AbortSignal.abort())).toBe('')
  })
})

test('of an endless body only the beginning is read, and the connection is freed', async () => {
  const text = await read((response) => {
    const more = (): void => {
      while (response.write('x'.repeat(16_384)));
    }
    response.on('drain', more)
    more()
  })
  expect(text.length).toBeGreaterThanOrEqual(64 * 1_024)
  expect(text.length).toBeLessThan(1_024 * 1_024)
  // Resolves only when the server sees that nobody listens any more.
  await closed
})

test('a body that cannot be cancelled is left behind without a complaint', async () => {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(64 * 1_024)),
    cancel: () => Promise.reject(new Error('no')),
  })
  expect(await readBody(new Response(stream), never)).toHaveLength(64 * 1_024)
})
