import { writeFile } from 'node:fs/promises'
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { authority, certificate } from '@obsidianlaunch/testkit/certificates'
import { listen } from '@obsidianlaunch/testkit/listen'
import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from '../support/in-process.ts'

/** The platform's fetch speaks it by itself since this version of undici. */
const speaksHttp2 = Number.parseInt(process.versions['undici'] ?? '', 10) >= 8

let env: Record<string, string> = {}
let pair: { key: string; cert: string }
beforeAll(async () => {
  const ca = await authority()
  pair = await certificate({ ca })
  const file = join(tmpdir(), 'http2-authority.pem')
  await writeFile(file, ca.cert)
  env = { NODE_EXTRA_CA_CERTS: file }
})

const json = Buffer.from('{"via":"http2"}')
/** An answer in each coding that a server may choose. */
const codings: [string, Buffer][] = [
  ['gzip', gzipSync(json)],
  ['br', brotliCompressSync(json)],
  ['deflate', deflateSync(json)],
  ['identity', json],
]

/** Lets a server of HTTP/2 answer, in another coding each time. @returns what it has been sent */
function answering(server: Http2Server): string[] {
  const sent: string[] = []
  server.on('sessionError', () => undefined)
  server.on('stream', (stream: ServerHttp2Stream) => {
    let body = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    stream.on('end', () => {
      const [coding, bytes] = codings[(sent.push(body) - 1) % codings.length] ?? ['identity', json]
      stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-encoding': coding })
      stream.end(bytes)
    })
  })
  return sent
}

const event = { customer_id: 'user123', event: 'x' }

/** Programs that make a call, which gives what the answer says, or that there was none. */
const kinds = {
  client: `
    const { createEventsClient } = await import('client')
    const client = createEventsClient({ baseUrl: base, token: null, logger })
    const sent = () => client.POST('/events/test', { body: ${JSON.stringify(event)} }).then(({ data }) => data)`,
  sender: `
    const { createSender } = await import('client/core')
    const send = createSender({ baseUrl: base, logger })
    const parts = { operation: 'trackEvent', token: null, idempotencyKey: 'key', body: '${JSON.stringify(event)}' }
    const sent = () => send({ ...parts, signal: AbortSignal.timeout(120_000) }).then((answer) => answer.json())`,
}

/** Makes so many calls, one after the other. @returns what each said, and what the logger was told */
async function calls(kind: keyof typeof kinds, port: number, many: number): Promise<[string[], string[]]> {
  const program = `
    const base = 'https://127.0.0.1:${port}'
    const warnings = []
    const logger = { warn: (message) => warnings.push(message) }
    ${kinds[kind]}
    const told = []
    for (let n = 0; n < ${many}; n++) told.push(await sent().then(({ via }) => via, () => 'nothing'))
    console.log(JSON.stringify([told, warnings]))
    process.exit()`
  return (await inProcess(program, env)) as [string[], string[]]
}

/** Takes what is best for it: it speaks HTTP/2, and gets rid of who does not. */
const ALPNCallback = ({ protocols }: { protocols: string[] }) => (protocols.includes('h2') ? 'h2' : 'http/1.1')

const times = <T>(many: number, value: T): T[] => Array.from({ length: many }, () => value)

describe.skipIf(!speaksHttp2).each(['client', 'sender'] as const)('a %s', (kind) => {
  test('reaches a server that speaks HTTP/2 alone, whose answers are decoded, and says so once', async () => {
    const http2 = createSecureServer({ ...pair, allowHTTP1: false })
    const sent = answering(http2)
    await using server = await listen(http2)
    const [told, warnings] = await calls(kind, server.port, 5)
    expect(told).toEqual(times(5, 'http2'))
    expect(sent).toEqual(times(5, JSON.stringify(event)))
    expect(warnings).toEqual([expect.stringContaining('a server speaks HTTP/2 alone')])
    // One that HTTP/1.1 was refused on, and one of the fetch, which keeps it.
    expect(server.sockets).toHaveLength(2)
  })

  test('finds out that a server hangs up on HTTP/1.1 because it speaks HTTP/2 alone', async () => {
    const http2 = createServer()
    const sent = answering(http2)
    const tls = createTlsServer({ ...pair, ALPNCallback }, (socket) => {
      if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
      else socket.destroy()
    })
    await using server = await listen(tls)
    const [told] = await calls(kind, server.port, 6)
    expect(told).toEqual(['nothing', 'http2', 'nothing', 'http2', 'http2', 'http2'])
    expect(sent).toHaveLength(4)
  })

  test('goes below the fetch again when a server that has hung up is there again', async () => {
    const ways: string[] = []
    const https = createHttpsServer({ ...pair }, ({ headers }, response) => {
      ways.push(headers['accept-encoding'] === 'identity' ? 'dispatcher' : 'fetch')
      response.end('{"via":"http1"}')
    })
    let connections = 0
    https.on('secureConnection', (socket) => connections++ === 0 && socket.destroy())
    await using server = await listen(https)
    const [told, warnings] = await calls(kind, server.port, 4)
    expect(told).toEqual(['nothing', 'http1', 'http1', 'http1'])
    // The first request may have arrived before the connection was cut.
    expect(ways.slice(-3)).toEqual(['fetch', 'dispatcher', 'dispatcher'])
    expect(warnings).toEqual([])
  })
})
