import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import { closedPort } from '@obsidianlaunch/testkit/listen'
import { answer, type RawServer, rawServer } from '@obsidianlaunch/testkit/raw'
import type { EventsClient } from '../../src/index.ts'

export type MakeClient = (baseUrl: string) => EventsClient

/** Promises of every way to the wire. Only Node's own modules: the cases run on every Node, bundled. */
export const transportCases: Record<string, (make: MakeClient) => Promise<void>> = {
  'the answer has status, headers and body as they were sent': async (make) => {
    const headers = [
      'X-Request-Id: r1',
      'X-Twice: a',
      'x-twice: b',
      'Set-Cookie: c=1',
      'Set-Cookie: d=2',
      'X-Name: J\u00f6',
    ]
    await using server = await rawServer((socket) => socket.write(answer('{"a":"é"}', { headers }), 'latin1'))
    const { response } = await track(make(server.url), { parseAs: 'stream' })
    assert.deepEqual([response.status, response.ok, response.statusText], [200, true, 'OK'])
    assert.equal(response.url, `${server.url}/events/test`)
    assert.deepEqual([response.redirected, response.bodyUsed], [false, false])
    assert.equal(response.headers.get('X-REQUEST-ID'), 'r1')
    assert.equal(response.headers.get('x-twice'), 'a, b')
    assert.equal(response.headers.get('x-name'), 'J\u00f6')
    assert.deepEqual([response.headers.get('none'), response.headers.has('none')], [null, false])
    assert.deepEqual(response.headers.getSetCookie(), ['c=1', 'd=2'])
    const pairs = new Map(response.headers)
    assert.equal(pairs.get('content-length'), '10')
    assert.deepEqual([...response.headers.keys()].includes('x-twice'), true)
    const seen: string[] = []
    response.headers.forEach((value, name) => seen.push(`${name}=${value}`))
    assert.ok(seen.includes('x-request-id=r1'))
  },

  'the request says what Node says elsewhere': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    await track(make(server.url), { headers: { 'User-Agent': 'mine', 'X-Own': '1' } })
    const [request = ''] = server.requests
    assert.match(request, /^POST \/events\/test HTTP\/1\.1\r\n/)
    for (const line of ['user-agent: mine', 'x-own: 1', 'accept: */*', 'content-type: application/json']) {
      assert.ok(request.toLowerCase().includes(`\r\n${line}\r\n`), line)
    }
    assert.equal(request.toLowerCase().split('user-agent').length, 2)
    assert.ok(request.endsWith('\r\n\r\n{"customer_id":"user123","event":"x"}'))
  },

  'headers of every form arrive as openapi-fetch merges them': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const client = make(server.url)
    const forms = [
      { 'X-One': 'a', 'x-one': 'b', 'X-None': undefined },
      { 'X-One': 'b', 'X-None': null },
      { 'X-One': ['b'] },
      new Headers({ 'X-One': 'b' }),
      { 'X-One': 'b', 'Content-Type': 'application/json' },
      { 'X-One': ' b ' },
    ]
    for (const headers of forms) await track(client, { headers, params: { header: { 'Idempotency-Key': 'key' } } })
    for (const request of server.requests) {
      const lines = request.toLowerCase().split('\r\n')
      const own = lines.filter((line) => /^(x-|content-type|idempotency-key)/.test(line)).toSorted()
      assert.deepEqual(own, ['content-type: application/json', 'idempotency-key: key', 'x-one: b'])
    }
  },

  'a header that cannot be sent fails its own request and no other': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const client = make(server.url)
    for (const headers of [{ 'X-One': 'line\nbreak' }, { 'X One': 'a' }, { 'X-One': '株' }]) {
      await assert.rejects(track(client, { headers }), TypeError)
    }
    await track(client)
    assert.equal(server.requests.length, 1)
  },

  'who serialises a body is shown its headers': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const headers = { 'X-One': 'shown' }
    await track(make(server.url), {
      headers,
      bodySerializer: (_: unknown, shown: Headers) => JSON.stringify({ event: shown.get('X-One') }),
    })
    assert.ok(server.requests[0]?.endsWith('{"event":"shown"}'))
  },

  'a body is sent as its serialiser wants it': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const client = make(server.url)
    const sent = async (init: object) => {
      await track(client, init)
      const [head = '', body] = (server.requests.at(-1) ?? '').split('\r\n\r\n')
      return { type: /^content-type: (.*)$/im.exec(head)?.[1], body }
    }
    const json = 'application/json'
    assert.deepEqual(await sent({ body: { event: 'é' } }), { type: json, body: '{"event":"\u00c3\u00a9"}' })
    assert.deepEqual(await sent({ body: null }), { type: json, body: 'null' })
    assert.deepEqual(await sent({ bodySerializer: () => 'none given' }), { type: json, body: 'none given' })
    const howMany = await sent({ bodySerializer: (...given: unknown[]) => String(given.length) })
    assert.deepEqual(howMany, { type: json, body: '2' })
    assert.deepEqual(await sent({ body: undefined }), { type: undefined, body: '' })
  },

  'a form is sent as one': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const body = new FormData()
    body.set('event', 'x')
    // Without a length its end is not known to this server.
    await track(make(server.url), { bodySerializer: () => body, signal: AbortSignal.timeout(120_000) }).catch(
      () => undefined,
    )
    assert.match(server.requests[0] ?? '', /^content-type: multipart\/form-data/im)
  },

  'what a serialiser throws rejects the call, and nothing is sent': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const own = new Error('mine')
    const fails = (): never => {
      throw own
    }
    await assert.rejects(track(make(server.url), { bodySerializer: fails }), own)
    await assert.rejects(track(make(server.url), { body: { toJSON: fails } }), own)
    const circular: Record<string, unknown> = {}
    circular['itself'] = circular
    await assert.rejects(track(make(server.url), { body: circular }), TypeError)
    assert.equal(server.requests.length, 0)
  },

  'a body can be read in every form, once': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{"a":1}')))
    const client = make(server.url)
    const read = async (how: (response: Response) => unknown) => {
      const { response } = await track(client, { parseAs: 'stream' })
      const value = await how(response)
      assert.equal(response.bodyUsed, true)
      await assert.rejects(async () => response.text(), TypeError)
      return value
    }
    assert.equal(await read((response) => response.text()), '{"a":1}')
    assert.deepEqual(await read((response) => response.json()), { a: 1 })
    assert.equal(new TextDecoder().decode((await read((response) => response.arrayBuffer())) as ArrayBuffer), '{"a":1}')
    assert.equal(((await read((response) => response.blob())) as Blob).size, 7)
    assert.equal(
      await read((response) =>
        response
          .clone()
          .text()
          .finally(() => response.text()),
      ),
      '{"a":1}',
    )
  },

  'a body in pieces is put together, characters that are split among them': async (make) => {
    const text = '"株式会社 👩‍🚀 é"'
    await using server = await rawServer((socket) => void trickle(socket, Buffer.from(text)))
    assert.equal((await track(make(server.url))).data, JSON.parse(text))
  },

  'a chunked body is put together': async (make) => {
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n')
    })
    assert.deepEqual((await track(make(server.url))).data, { a: 1 })
  },

  'trailers are neither body nor headers': async (make) => {
    await using server = await rawServer((socket) => {
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n'
      socket.write(`${head}7\r\n{"a":1}\r\n0\r\nX-Late: 1\r\n\r\n`)
    })
    const client = make(server.url)
    for (let n = 0; n < 2; n++) {
      const { data, response } = await track(client)
      assert.deepEqual([data, response.headers.get('x-late')], [{ a: 1 }, null])
    }
  },

  'a header is found by its own name, however that is written, and by no other of the same length': async (make) => {
    const headers = ['X-One: 1', 'x^one: 2', 'x~one: 3', 'X-TWO: 4']
    await using server = await rawServer((socket) => socket.write(answer('{}', { headers })))
    const { response } = await track(make(server.url))
    const found = ['x-one', 'X~ONE', 'x^one', 'x-two', 'x-six'].map((name) => response.headers.get(name))
    assert.deepEqual(found, ['1', '3', '2', '4', null])
  },

  'a body that is larger than what is kept unread is read to its end': async (make) => {
    const long = 'x'.repeat(3_000_000)
    await using server = await rawServer((socket) => socket.write(answer(JSON.stringify({ long }))))
    const { response } = await track(make(server.url), { parseAs: 'stream' })
    await sleep(20)
    assert.equal((await response.text()).length, long.length + 11)
  },

  'a stream gives the whole body': async (make) => {
    await using server = await rawServer((socket) => void trickle(socket, Buffer.from('{"a":1}')))
    const { data } = await track(make(server.url), { parseAs: 'stream' })
    const parts: Uint8Array[] = []
    for await (const part of data as unknown as AsyncIterable<Uint8Array>) parts.push(part)
    assert.equal(Buffer.concat(parts).toString(), '{"a":1}')
  },

  'an answer without a body is an empty one': async (make) => {
    const answers = ['HTTP/1.1 204 No Content\r\n\r\n', answer(''), 'HTTP/1.1 304 Not Modified\r\n\r\n']
    await using server = await rawServer((socket, nth) => socket.write(answers[nth] ?? ''))
    const client = make(server.url)
    for (const status of [204, 200, 304]) {
      const { response } = await track(client, { parseAs: 'text' })
      assert.equal(response.status, status)
      assert.equal(response.bodyUsed ? '' : await response.text(), '')
    }
  },

  'a compressed body is read, although it was not asked for': async (make) => {
    const zipped = zlib.gzipSync('{"a":1}')
    await using server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`)
      socket.write(zipped)
    })
    assert.deepEqual((await track(make(server.url))).data, { a: 1 })
  },

  'a compressed body is read in every coding that the platform reads, however its name is written': async (make) => {
    const json = Buffer.from('{"a":1}')
    const codings: [string, Uint8Array][] = [
      ['GZIP', zlib.gzipSync(json)],
      ['X-GZip', zlib.gzipSync(json)],
      ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(json))],
      ['br', zlib.brotliCompressSync(json)],
      ['br , gzip', zlib.gzipSync(zlib.brotliCompressSync(json))],
      ['gzip,deflate', zlib.deflateRawSync(zlib.gzipSync(json))],
      ['deflate', zlib.deflateSync(json)],
      ['deflate', zlib.deflateRawSync(json)],
      ['identity', json],
      ['', json],
    ]
    // Since Node 22.15.
    const { zstdCompressSync } = zlib as Partial<typeof zlib>
    if (zstdCompressSync) codings.push(['zstd', zstdCompressSync(json)])
    await using server = await codedServer(codings)
    const client = make(server.url)
    for (const [coding] of codings) {
      const { response, data } = await track(client)
      assert.deepEqual([response.headers.get('content-encoding'), data], [coding, { a: 1 }], coding)
    }
  },

  'a body in an unknown coding is given as it came': async (make) => {
    const zipped = zlib.gzipSync('{"a":1}')
    const codings = ['own', 'own, gzip', 'gzip,', 'identity, gzip']
    await using server = await rawServer((socket, nth) => socket.write(coded(codings[nth] ?? '', zipped)))
    const client = make(server.url)
    for (const coding of codings) {
      const { response } = await track(client, { parseAs: 'stream' })
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), zipped, coding)
    }
  },

  'a compressed body that is cut gives what came of it, and one of junk is an error after its status': async (make) => {
    const text = 'x'.repeat(1_000)
    const bodies: [string, Uint8Array][] = [
      ['gzip', zlib.gzipSync(text).subarray(0, 24)],
      ['deflate', zlib.deflateRawSync(text).subarray(0, 12)],
      ['gzip', new Uint8Array()],
      ['deflate', new Uint8Array()],
    ]
    const junk: [string, Uint8Array][] = ['gzip', 'br'].map((coding) => [coding, Buffer.from('{"a":1}')])
    const answers = [...bodies, ...junk]
    await using server = await codedServer(answers)
    const client = make(server.url)
    for (const [, body] of bodies) {
      const { response } = await track(client, { parseAs: 'stream' })
      assert.match(await response.text(), body.length > 0 ? /^x+$/ : /^$/)
    }
    for (const [coding] of junk) {
      const { response } = await track(client, { parseAs: 'stream' })
      assert.equal(response.status, 200)
      await assert.rejects(response.text(), { name: 'TypeError', message: 'terminated' }, coding)
    }
  },

  'a compressed body is larger than what is kept unread, and is read to its end': async (make) => {
    const long = JSON.stringify({ long: 'x'.repeat(3_000_000) })
    const bodies: [string, Uint8Array][] = [
      ['gzip', zlib.gzipSync(long)],
      ['deflate', zlib.deflateRawSync(long)],
    ]
    await using server = await codedServer(bodies)
    const client = make(server.url)
    for (let n = 0; n < bodies.length; n++) {
      const { response } = await track(client, { parseAs: 'stream' })
      await sleep(20)
      assert.equal((await response.text()).length, long.length)
    }
  },

  'a signal that aborts in a compressed body ends the body, with its reason': async (make) => {
    const abort = new AbortController()
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n')
      socket.write(zlib.gzipSync('{"a":1}').subarray(0, 20))
    })
    const { response } = await track(make(server.url), { signal: abort.signal, parseAs: 'stream' })
    const body = response.text()
    setImmediate(() => abort.abort(new Error('mine')))
    await assert.rejects(body, { message: 'mine' })
    const [socket] = server.sockets
    assert.ok(socket)
    if (!socket.closed) await once(socket, 'close')
  },

  'a status and a reason phrase of any kind are an answer, compressed or not': async (make) => {
    const heads: [string, number][] = [
      ['200 J\u00f6', 200],
      ['200 \u00e6\u00a0\u00aaOK', 200],
      ['200 \u0001', 200],
      ['200', 200],
      ['600 Own', 600],
      ['999 Own', 999],
    ]
    const answers = heads.flatMap(([status]) => [
      coded('gzip', zlib.gzipSync('{"a":1}'), status),
      coded('', Buffer.from('{"a":1}'), status),
    ])
    await using server = await rawServer((socket, nth) => socket.write(answers[nth] ?? ''))
    const client = make(server.url)
    for (const [line, status] of heads.flatMap((head) => [head, head])) {
      const { response, error } = await track(client, { parseAs: 'stream', signal: AbortSignal.timeout(120_000) })
      const copy = response.ok ? response.clone() : undefined
      assert.deepEqual([response.status, error ?? (await response.json())], [status, { a: 1 }], line)
      if (copy) assert.deepEqual([copy.status, await copy.json()], [status, { a: 1 }], line)
    }
  },

  'interim answers are passed over': async (make) => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    await using server = await rawServer((socket) =>
      socket.write(`${early}HTTP/1.1 102 Processing\r\n\r\n${early}${answer('{"a":1}')}`),
    )
    const { response, data } = await track(make(server.url))
    assert.deepEqual([response.status, response.headers.get('link'), data], [200, null, { a: 1 }])
  },

  'a redirect is an answer': async (make) => {
    await using server = await rawServer((socket) => {
      socket.write(answer('{}', { status: '307 Temporary Redirect', headers: ['Location: /elsewhere'] }))
    })
    const { response } = await track(make(server.url))
    assert.deepEqual(
      [response.status, response.headers.get('location'), server.requests.length],
      [307, '/elsewhere', 1],
    )
  },

  'headers without end are an error': async (make) => {
    await using server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${`X-Long: ${'x'.repeat(1_000)}\r\n`.repeat(100)}\r\n`)
    })
    await assert.rejects(track(make(server.url)), { name: 'TypeError', message: 'fetch failed' })
  },

  'an answer that is not HTTP is an error': async (make) => {
    await using server = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    await assert.rejects(track(make(server.url)), { name: 'TypeError', message: 'fetch failed' })
  },

  'a connection that is refused is an error with its cause': async (make) => {
    const failure = await track(make(`http://127.0.0.1:${await closedPort()}`)).catch((thrown: unknown) => thrown)
    assert.ok(failure instanceof TypeError)
    assert.equal((failure.cause as { code: string }).code, 'ECONNREFUSED')
  },

  'a connection that is reset before the answer is an error': async (make) => {
    await using server = await rawServer((socket) => void socket.resetAndDestroy())
    await assert.rejects(track(make(server.url)), { name: 'TypeError', message: 'fetch failed' })
    assert.equal(server.requests.length, 1)
  },

  'a body that is cut is an error, after its status': async (make) => {
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a"')
      setTimeout(() => socket.destroy(), 10)
    })
    const { response } = await track(make(server.url), { parseAs: 'stream' })
    assert.equal(response.status, 200)
    await assert.rejects(response.text(), { name: 'TypeError', message: 'terminated' })
  },

  'a signal that has aborted sends nothing': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    await assert.rejects(track(make(server.url), { signal: AbortSignal.abort(new Error('mine')) }), { message: 'mine' })
    await turn()
    assert.equal(server.requests.length, 0)
  },

  'a signal that aborts before the connection stands sends nothing': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const abort = new AbortController()
    const sent = track(make(server.url), { signal: abort.signal })
    abort.abort()
    await assert.rejects(sent, { name: 'AbortError' })
    await sleep(20)
    assert.equal(server.requests.length, 0)
  },

  'a signal that aborts before the answer ends the request, with its reason': async (make) => {
    const abort = new AbortController()
    await using server = await rawServer(() => abort.abort(new Error('mine')))
    await assert.rejects(track(make(server.url), { signal: abort.signal }), { message: 'mine' })
    const [socket] = server.sockets
    assert.ok(socket)
    if (!socket.closed) await once(socket, 'close')
  },

  'a signal that aborts in the body ends the body, with its reason': async (make) => {
    const abort = new AbortController()
    await using server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a"'))
    const { response } = await track(make(server.url), { signal: abort.signal, parseAs: 'stream' })
    const body = response.text()
    setImmediate(() => abort.abort(new Error('mine')))
    await assert.rejects(body, { message: 'mine' })
    const [socket] = server.sockets
    assert.ok(socket)
    if (!socket.closed) await once(socket, 'close')
  },

  'a signal that aborts after the end changes nothing': async (make) => {
    const abort = new AbortController()
    await using server = await rawServer((socket) => socket.write(answer('{"a":1}')))
    const client = make(server.url)
    const { response, data } = await track(client, { signal: abort.signal })
    abort.abort()
    assert.deepEqual([response.status, data], [200, { a: 1 }])
    await turn()
    await track(client)
    assert.equal(server.sockets.length, 1)
  },

  'requests one after the other share a connection': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const client = make(server.url)
    for (let n = 0; n < 5; n++) {
      await track(client)
      // A connection is free for the next one in the turn after its answer.
      await turn()
    }
    assert.deepEqual([server.requests.length, server.sockets.length], [5, 1])
  },

  'a connection that the server has closed between two requests costs nothing': async (make) => {
    await using server = await rawServer((socket) => socket.write(answer('{}')))
    const client = make(server.url)
    await track(client)
    const [first] = server.sockets
    assert.ok(first)
    // The client closes its side once it knows.
    const closed = once(first, 'close')
    first.end()
    await closed
    assert.equal((await track(client)).response.status, 200)
    assert.deepEqual([server.requests.length, server.sockets.length], [2, 2])
  },

  'an address that cannot be is an error of the call': async (make) => {
    await assert.rejects(track(make('not an address')), TypeError)
    await assert.rejects(track(make('http://user:secret@127.0.0.1')), TypeError)
  },
}

/** Promises of the way below the platform's fetch. */
export const dispatcherCases: typeof transportCases = {
  'a connection that the server closes under a request with an Idempotency-Key costs no attempt': async (make) => {
    for (const close of ['destroy', 'resetAndDestroy'] as const) {
      await using server = await rawServer((socket, nth) => {
        if (nth === 1) socket[close]()
        else socket.write(answer('{}'))
      })
      const client = make(server.url)
      await track(client, withKey)
      await turn()
      assert.equal((await track(client, withKey)).response.status, 200)
      assert.deepEqual([server.requests.length, server.sockets.length], [3, 2])
    }
  },

  'a body in more codings than the platform reads is given as it came': async (make) => {
    const zipped = zlib.gzipSync('{"a":1}')
    await using server = await rawServer((socket) => socket.write(coded('gzip, gzip, gzip, gzip, gzip, gzip', zipped)))
    const { response } = await track(make(server.url), { parseAs: 'stream' })
    assert.deepEqual([response.status, Buffer.from(await response.arrayBuffer())], [200, zipped])
  },

  'without the key it is an error, since the request may have arrived': async (make) => {
    await using server = await rawServer((socket, nth) => {
      if (nth === 1) socket.destroy()
      else socket.write(answer('{}'))
    })
    const client = make(server.url)
    await track(client)
    await turn()
    await assert.rejects(track(client), { message: 'fetch failed' })
    assert.equal(server.requests.length, 2)
  },

  'on a new connection it is an error too, since the server had it for this request': async (make) => {
    await using server = await rawServer((socket) => void socket.destroy())
    await assert.rejects(track(make(server.url), withKey), { message: 'fetch failed' })
    assert.equal(server.requests.length, 1)
  },

  'it is sent once more and not again': async (make) => {
    await using server = await rawServer((socket, nth) => {
      if (nth < 2) socket.write(answer('{}'))
      else socket.destroy()
    })
    const client = make(server.url)
    await Promise.all([track(client, withKey), track(client, withKey)])
    await turn()
    await assert.rejects(track(client, withKey), { message: 'fetch failed' })
    assert.equal(server.requests.length, 4)
  },
}

const withKey = { params: { header: { 'Idempotency-Key': 'id-1' } } }

function track(client: EventsClient, init: object = {}) {
  return client.POST('/events/test', { body: { customer_id: 'user123', event: 'x' }, ...init })
}

function codedServer(answers: readonly (readonly [coding: string, body: Uint8Array])[]): Promise<RawServer> {
  return rawServer((socket, nth) => {
    const [coding, body] = answers[nth] ?? ['', new Uint8Array()]
    socket.write(coded(coding, body))
  })
}

function coded(coding: string, body: Uint8Array, status = '200 OK'): Buffer {
  const lines = [`HTTP/1.1 ${status}`, `Content-Encoding: ${coding}`, `Content-Length: ${body.length}`]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

async function trickle(socket: { write(data: Uint8Array | string): unknown }, bytes: Buffer): Promise<void> {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`)
  for (const byte of bytes) {
    await turn()
    socket.write(Uint8Array.of(byte))
  }
}
