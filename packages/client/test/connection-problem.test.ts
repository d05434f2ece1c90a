import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authority, certificate, type Paper } from '@obsidianlaunch/testkit/certificates'
import { closedPort, listen, type Local } from '@obsidianlaunch/testkit/listen'
import { describe, expect, test } from 'vitest'
import { connectionProblem, createSender } from '../src/core.node.ts'
import { connectionProblem as problemElsewhere } from '../src/core.ts'
import { inProcess } from './support/in-process.ts'

const secure = async (paper: Paper) => listen(createHttpsServer(await certificate(paper), (_, answer) => answer.end()))

/** Names of what goes wrong, the server that does it, and what is said of it. */
const problems: [name: string, start: () => Promise<Local>, message: string, advice: RegExp, isLasting: boolean][] = [
  [
    'a certificate that has expired',
    () => secure({ to: -3 }),
    'Cannot connect to HOST: its certificate EXPIRED (CERT_HAS_EXPIRED)',
    /has to renew it/,
    true,
  ],
  [
    'a certificate that is not valid yet',
    () => secure({ from: 3 }),
    'Cannot connect to HOST: its certificate is not valid yet (CERT_NOT_YET_VALID)',
    /this machine's date/,
    true,
  ],
  [
    'a self-signed certificate',
    () => secure({}),
    'Cannot connect to HOST: its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    /NODE_EXTRA_CA_CERTS/,
    true,
  ],
  [
    'a certificate of an authority that nobody knows',
    async () => secure({ ca: await authority() }),
    'Cannot connect to HOST: its certificate is not signed by a trusted authority (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    /NODE_EXTRA_CA_CERTS/,
    true,
  ],
  [
    'plain http where TLS was expected',
    () => listen(createHttpServer()),
    'Cannot connect to HOST: no TLS there (ERR_SSL_WRONG_VERSION_NUMBER)',
    /plain http/,
    true,
  ],
  [
    'a connection that is cut',
    () => listen(createServer((socket) => socket.destroy())),
    'No answer from HOST: the connection was cut (ECONNRESET)',
    /closes connections/,
    false,
  ],
]

/** The error with which a request for this address fails. */
async function failureAt(baseUrl: string, transport: 'auto' | 'fetch'): Promise<unknown> {
  const call = { operation: 'trackEvent', token: 'secret-token', idempotencyKey: 'key-1', body: '{}' } as const
  return createSender({ baseUrl, transport })({ ...call, signal: AbortSignal.timeout(120_000) }).then(
    ({ status }) => expect.unreachable(`answered with ${status}`),
    (thrown: unknown) => thrown,
  )
}

describe.each(['auto', 'fetch'] as const)('with transport %s, it is said in words', (transport) => {
  test.each(problems)('%s', async (_, start, message, advice, isLasting) => {
    await using server = await start()
    const url = server.url.replace('http:', 'https:')
    const problem = connectionProblem(await failureAt(url, transport), url)
    expect(problem).toMatchObject({
      message: message
        .replace('HOST', `127.0.0.1:${server.port}`)
        // Node's own fetch leaves no way to find out when.
        .replace('EXPIRED', transport === 'auto' ? 'expired 3 days ago' : 'has expired'),
      advice: expect.stringMatching(advice) as string,
      isLasting,
      isKnown: true,
    })
  })

  test('a port where nobody listens', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const { host } = new URL(url)
    expect(connectionProblem(await failureAt(url, transport), url)).toMatchObject({
      message: `Cannot connect to ${host}: nothing listens there (ECONNREFUSED)`,
      isLasting: false,
    })
    // By name there are two addresses to try, and the one that failed is told.
    const byName = url.replace('127.0.0.1', 'localhost')
    expect(connectionProblem(await failureAt(byName, transport), byName).message).toMatch(
      /^Cannot connect to localhost:\d+: nothing listens there, (127\.0\.0\.1|::1):\d+ \(ECONNREFUSED\)$/,
    )
  })

  test('a host that nobody knows', async () => {
    const url = 'https://events.invalid'
    // Where there is no network, nobody says that there is no such host.
    expect(connectionProblem(await failureAt(url, transport), url).message).toMatch(
      /^Cannot connect to events\.invalid: (no such host \(ENOTFOUND\)|no DNS server answers \(EAI_AGAIN\))$/,
    )
  })
})

/** A program that prints the problem of one request. */
const program = (url: string) => `
  const { connectionProblem, createSender } = await import('client/core')
  const call = { operation: 'trackEvent', token: null, idempotencyKey: 'key', body: '{}' }
  const signal = AbortSignal.timeout(120_000)
  const sent = createSender({ baseUrl: '${url}' })({ ...call, signal })
  console.log(JSON.stringify(await sent.then(() => 'answered', (error) => connectionProblem(error, '${url}'))))`

test('a certificate is told in hours where it expired yesterday, and not at all where that was another one', async () => {
  await using yesterday = await secure({ to: -1 })
  const url = yesterday.url.replace('http:', 'https:')
  expect(connectionProblem(await failureAt(url, 'auto'), url).message).toMatch(
    /: its certificate expired 2[34] hours ago \(/,
  )
  const old = await authority({ to: -1 })
  const file = join(tmpdir(), 'expired-authority.pem')
  await writeFile(file, old.cert)
  await using server = await secure({ ca: old })
  const told = await inProcess(program(server.url.replace('http:', 'https:')), { NODE_EXTRA_CA_CERTS: file })
  expect(told).toMatchObject({ message: expect.stringContaining(': its certificate has expired (') as string })
})

test('a signal ends a request while its certificate is looked at', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const paper = await certificate({ to: -3 })
  let connections = 0
  // The second handshake is never answered.
  const inner = await listen(createHttpsServer(paper))
  await using gate = await listen(
    createServer((socket) => {
      if (++connections > 1) return resolve()
      socket.pipe(connect(inner.port, '127.0.0.1')).pipe(socket)
    }),
  )
  const abort = new AbortController()
  const call = { operation: 'trackEvent', token: null, idempotencyKey: 'key-1', body: '{}' } as const
  const sent = createSender({ baseUrl: gate.url.replace('http:', 'https:') })({ ...call, signal: abort.signal })
  await promise
  abort.abort(new Error('mine'))
  await expect(sent).rejects.toThrow('mine')
  await inner[Symbol.asyncDispose]()
})

test('a certificate for another host is said to be one, with the hosts that it is for', async () => {
  const ca = await authority()
  const file = join(tmpdir(), 'authority.pem')
  await writeFile(file, ca.cert)
  await using server = await secure({ host: 'other.test', ca })
  for (const [host, names] of [
    ['localhost', ', other.test'],
    ['127.0.0.1', ''],
  ] as const) {
    const told = await inProcess(program(`https://${host}:${server.port}`), { NODE_EXTRA_CA_CERTS: file })
    expect(told).toMatchObject({
      message: `Cannot connect to ${host}:${server.port}: its certificate is for another host${names} (ERR_TLS_CERT_ALTNAME_INVALID)`,
      isLasting: true,
    })
  }
})

test("a network that Node's permission model forbids is said to be forbidden", async () => {
  const told = await inProcess(program('http://127.0.0.1:9'), { NODE_OPTIONS: '--permission --allow-fs-read=*' })
  expect(told).toMatchObject({
    message: 'Cannot connect to 127.0.0.1:9: this process may not use the network (ERR_ACCESS_DENIED)',
    advice: expect.stringContaining('--allow-net') as string,
    isLasting: true,
  })
})

test.each([
  ['https://events.test', 407, 'user:password', true],
  ['https://events.test', 403, 'administrator', true],
  ['https://events.test', 502, 'administrator', false],
])('a proxy that refuses a tunnel to %s with %i is said to do so', async (url, status, advice, isLasting) => {
  await using proxy = await listen(createHttpServer())
  proxy.server.on('connect', (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`))
  const env = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url }
  expect(await inProcess(program(url), env)).toMatchObject({
    message: expect.stringMatching(`^Cannot connect to events.test: the proxy refuses with ${status}`) as string,
    advice: expect.stringContaining(advice) as string,
    isLasting,
  })
})

test('a proxy that is not there is named', async () => {
  const port = await closedPort()
  const env = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: `http://127.0.0.1:${port}` }
  expect(await inProcess(program('https://events.test'), env)).toMatchObject({
    message: `Cannot connect to events.test: nothing listens there, 127.0.0.1:${port} (ECONNREFUSED)`,
  })
})

test.each([
  [new TypeError('Failed to fetch'), 'Failed to fetch', true],
  [new TypeError('fetch failed', { cause: new Error('odd') }), 'odd', true],
  [new TypeError('Failed to parse URL'), 'Failed to parse URL', false],
  [Object.assign(new Error('odd'), { code: 'E_ODD' }), 'odd (E_ODD)', false],
  ['text', 'nothing says why', false],
])('what has no code is told as it is: %s', (error, said, isKnown) => {
  for (const describeIt of [connectionProblem, problemElsewhere]) {
    expect(describeIt(error, 'https://events.test/api')).toEqual({
      message: `No answer from events.test: ${said}`,
      reason: said,
      advice: '',
      isLasting: false,
      isKnown,
    })
  }
})

const deno = 'error sending request for url (https://events.test/events): client error (Connect): '
test.each([
  ['dns error: failed to lookup address information: Name or service not known', 'no such host', true],
  ['tcp connect error: Connection refused (os error 111)', 'nothing listens there', false],
  [
    'invalid peer certificate: certificate expired: verification time 1795927819 (UNIX)',
    'its certificate has expired',
    true,
  ],
  [
    'invalid peer certificate: certificate not valid for name "events.test"',
    'its certificate is for another host',
    true,
  ],
  ['invalid peer certificate: UnknownIssuer', 'its certificate is not signed by a trusted authority', true],
])('the words of Deno are known, too: %s', (said, reason, isLasting) => {
  const error = new TypeError('fetch failed', { cause: new TypeError(deno + said) })
  const message = `Cannot connect to events.test: ${reason}`
  expect(connectionProblem(error, 'https://events.test')).toMatchObject({ message, isLasting, isKnown: true })
})

test('a code that is no code of the network is told as it is, whatever it is called', () => {
  for (const code of ['constructor', 'toString', '__proto__']) {
    const error = Object.assign(new Error('it broke'), { code })
    const { message, isKnown } = connectionProblem(error, 'https://events.example.com')
    expect({ message, isKnown }).toEqual({
      message: `No answer from events.example.com: it broke (${code})`,
      isKnown: false,
    })
  }
})

test('an error that is its own cause, or leads to a thousand others, is no trap', () => {
  const own = new Error('own')
  own.cause = own
  const many = new AggregateError(Array.from({ length: 1_000 }, () => own))
  expect(connectionProblem(many, 'https://events.test').message).toBe('No answer from events.test: own')
})

test('a page that gets nothing from another origin hears that its own may be missing at the relay, and one of the same origin does not', () => {
  Object.assign(globalThis, { location: { origin: 'https://app.example.com' } })
  try {
    const error = new TypeError('Failed to fetch')
    const { message, advice } = problemElsewhere(error, 'https://relay.example.com')
    expect(message).toBe('No answer from relay.example.com: Failed to fetch')
    expect(advice).toMatch(/only if https:\/\/app\.example\.com is one of its origins/)
    expect(problemElsewhere(error, 'https://app.example.com/relay').advice).toBe('')
    expect(problemElsewhere(new TypeError('x is undefined'), 'https://relay.example.com').advice).toBe('')
  } finally {
    Reflect.deleteProperty(globalThis, 'location')
  }
})
