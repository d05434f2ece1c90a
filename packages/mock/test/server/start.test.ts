import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMock } from '../../src/index.ts'
import { post, track } from '../calls.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mock documents '))
})
afterAll(() => rm(folder, { recursive: true }))

async function document(text: string): Promise<string> {
  const file = join(folder, `${crypto.randomUUID()}.yaml`)
  await writeFile(file, text)
  return file
}

async function reason(start: Promise<unknown>): Promise<string> {
  const error: unknown = await start.then(
    () => 'It started',
    (thrown: unknown) => thrown,
  )
  return error instanceof Error ? error.message : String(error)
}

test('an option, a limit or a field of a fault that is undefined counts as not given', async () => {
  const none = undefined
  await using mock = await startMock({ port: none, host: none, spec: none, upstream: none, seed: none, origins: none })
  const mine = mock.isolate({ token: none })
  mine.fail([{ status: 503, times: none, rate: none, delayMs: none, retryAfter: none }], { event: none, id: none })
  const { status } = await post(mine, '/events/test', JSON.stringify(track), { Authorization: `Bearer ${mine.token}` })
  expect(status).toBe(503)
  const { fault } = await mine.waitFor({ operation: 'trackEvent' }, { timeoutMs: none, times: none })
  expect(fault).toBe('503')
})

test('a taken port is one clear line', async () => {
  const mock = await startMock()
  const port = Number(new URL(mock.url).port)
  const message = await reason(startMock({ port }))
  await mock.close()
  expect(message).toMatch(new RegExp(`^Port ${port} is taken .*$`))
})

test('the port of a closed mock is free again', async () => {
  const first = await startMock()
  await first.close()
  const second = await startMock({ port: Number(new URL(first.url).port) })
  expect(second.url).toBe(first.url)
  await second.close()
})

test('a port that is none is refused', async () => {
  expect(await reason(startMock({ port: 70_000 }))).toBe('No port: 70000. Use 0 to 65535')
})

test('closing ends open connections, and doing it again changes nothing', async () => {
  const mock = await startMock()
  const { hostname, port } = new URL(mock.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write('POST /events/test HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n')
  const ended = new Promise((end) => socket.on('error', () => {}).once('close', end))
  await Promise.all([mock.close(), mock.close()])
  await mock.close()
  await ended
  await expect(fetch(mock.url)).rejects.toThrow('fetch failed')
})

test('a missing document is one line that names it', async () => {
  const spec = join(folder, 'nowhere.yaml')
  expect(await reason(startMock({ spec }))).toBe(`The OpenAPI document ${spec} is missing: there is no such file`)
})

test.each([
  ['no YAML', 'openapi: [3.1'],
  ['no OpenAPI', 'name: something else'],
  ['a reference to nothing', "openapi: 3.1.0\npaths: { /a: { get: { responses: { '200': { $ref: '#/nowhere' } } } } }"],
  ['no operations', 'openapi: 3.1.0\ninfo: { title: Empty, version: 1.0.0 }\npaths: {}'],
])('a document that has %s is one line that names it', async (_, text) => {
  const spec = await document(text)
  const message = await reason(startMock({ spec }))
  expect(message.startsWith(`The OpenAPI document ${spec} is broken: `)).toBe(true)
  expect(message).not.toContain('\n')
  expect(message).not.toContain('Error parsing')
})

test('another document can be stood for, and is held against without any error examples', async () => {
  const spec = await document(`
openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{id}:
    put:
      operationId: putOrder
      security: [{ token: [] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/json: { schema: { type: object, required: [sum] } } } }
      responses: { '200': { description: Done, content: { application/json: { example: { done: true } } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
`)
  const mock = await startMock({ spec })
  const put = (path: string, body: string, headers: Record<string, string>) =>
    fetch(mock.url + path, { method: 'PUT', body, headers: { 'Content-Type': 'application/json', ...headers } })
  const token = { Authorization: 'Bearer x' }
  const answers = [
    await put('/orders/7', '{"sum":1}', token),
    await put('/orders/7', '{}', token),
    await put('/orders/7', '{"sum":1}', {}),
    await put('/orders/%zz', '{"sum":1}', token),
    await put('/orders', '{"sum":1}', token),
  ]
  await mock.close()
  expect(answers.map((answer) => answer.status)).toEqual([200, 422, 401, 400, 404])
  expect(mock.requests.map((exchange) => exchange.violations.length)).toEqual([0, 1, 1, 1, 1])
  expect(mock.requests[0]?.operation).toBe('putOrder')
})

test('two mocks know nothing of each other', async () => {
  const [one, other] = await Promise.all([startMock(), startMock()])
  one.fail([{ status: 503 }])
  expect((await post(other, '/events/test', JSON.stringify(track))).status).toBe(200)
  expect((await post(one, '/events/test', JSON.stringify(track))).status).toBe(503)
  expect([one.requests.length, other.requests.length]).toEqual([1, 1])
  await Promise.all([one.close(), other.close()])
})

test('an option that it does not know is named, and what it knows', async () => {
  const misspelt = { prot: 4010 } as object
  await expect(startMock(misspelt)).rejects.toThrow('Unknown option prot: known are port, host, spec')
})
