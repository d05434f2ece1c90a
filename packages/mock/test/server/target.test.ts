import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const body = JSON.stringify(track)
const head = [
  'Authorization: Bearer secret-token',
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(body)}`,
  'Connection: close',
]

/** Sends these bytes and gives the whole answer. */
async function talk(line: string, lines: readonly string[], sent = ''): Promise<string> {
  const { hostname, port } = new URL(mock().url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write([line, ...lines, '', sent].join('\r\n'))
  return text(socket)
}

test.each([
  'http://events.obsidianlaunch.co/events/test',
  'HTTP://events.obsidianlaunch.co:80/events/test',
  'https://user@events.obsidianlaunch.co/events/test',
])('a client that has the mock as its proxy is answered: %s', async (target) => {
  expect(await talk(`POST ${target} HTTP/1.1`, ['Host: elsewhere', ...head], body)).toMatch(/^HTTP\/1\.1 200 /)
  expect(mock().requests).toMatchObject([{ operation: 'trackEvent', path: '/events/test', valid: true, status: 200 }])
})

test('an absolute target without a path is the path /', async () => {
  const close = ['Host: elsewhere', 'Connection: close']
  expect(await talk('GET http://events.obsidianlaunch.co HTTP/1.1', close)).toContain('"inspector":"/_inspector"')
  expect(await talk('GET http://events.obsidianlaunch.co?a=1 HTTP/1.1', close)).toMatch(/^HTTP\/1\.1 404 /)
  expect(mock().requests).toMatchObject([{ path: '/?a=1' }])
})

test('the host in the target counts for more than the header, so that no name opens the page', async () => {
  const own = new URL(mock().url).host
  const close = [`Host: ${own}`, 'Connection: close']
  expect(await talk('GET http://evil.example/_inspector HTTP/1.1', close)).toMatch(/^HTTP\/1\.1 403 /)
  expect(await talk(`GET http://${own}/_inspector HTTP/1.1`, close)).toMatch(/^HTTP\/1\.1 200 /)
})
