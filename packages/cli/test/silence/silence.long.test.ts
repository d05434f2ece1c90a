import { certificate } from '@obsidianlaunch/testkit/certificates'
import { serve } from '@obsidianlaunch/testkit/api'
import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { manyLines, writeLines } from '../import/files.ts'

let at: Workplace
beforeEach(() => (at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token' })))
afterEach(() => at[Symbol.dispose]())

/** The words that a person reads while the command still goes on. */
async function toldAfter(line: string): Promise<string> {
  const child = at.start(line)
  const startedAt = performance.now()
  child.stderr.setEncoding('utf8')
  let told = ''
  while (!told.includes('It is tried again')) told += String((await once(child.stderr, 'data'))[0])
  expect(performance.now() - startedAt).toBeGreaterThan(3_000)
  child.kill('SIGKILL')
  await once(child, 'close')
  return told
}

const file = 'obsidian-events track --from events.ndjson'
const calls = {
  'one call': 'obsidian-events track a b',
  'a file': file,
  'a file with a rate': `${file} --rate 50/s`,
  'a file with an outbox': `${file} --outbox imports.db`,
}

describe.each(Object.entries(calls))(
  'a server that does not answer is named after three seconds: %s',
  (_name, call) => {
    beforeEach(() => writeLines(at, 'events.ndjson', manyLines(100)))

    test.each([
      [
        'http://127.0.0.1:1',
        /Cannot connect to 127\.0\.0\.1:1: nothing listens there \(ECONNREFUSED\).*Check the address/,
      ],
      [
        'https://no-such-name.invalid',
        /Cannot connect to no-such-name\.invalid: no such host \(ENOTFOUND\).*DNS server/,
      ],
    ])('%s', async (url, message) => {
      const told = await toldAfter(`${call} --base-url ${url}`)
      expect(told).toMatch(message)
      // Nothing is done, so that nothing tells how much time is left.
      expect(told).not.toContain('… left')
    })

    test.each([
      ['self-signed', {}, /its certificate is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/],
      ['of another host', { host: 'other.test' }, /certificate is/],
    ])('a certificate that is %s', async (_kind, paper, message) => {
      const server = createServer(await certificate(paper), (_request, response) => response.end())
      server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
      await once(server, 'listening')
      try {
        const { port } = server.address() as AddressInfo
        expect(await toldAfter(`${call} --base-url https://127.0.0.1:${port}`)).toMatch(message)
      } finally {
        server.close()
      }
    })

    test('one that takes the request and says nothing', async () => {
      await using silent = await serve(() => undefined)
      expect(await toldAfter(`${call} --base-url ${silent.url}`)).toContain(`No answer from ${silent.url} yet`)
    })

    test('one that fails', async () => {
      await using failing = await serve((response) => response.writeHead(503).end('busy'))
      expect(await toldAfter(`${call} --base-url ${failing.url}`)).toMatch(/^Failed to track event: 503 - busy\./)
    })
  },
)

test('a call that is given up says the cause first, names no option that there is not, and how to try the same event again', async () => {
  const { code, stderr } = await at.run(`obsidian-events track a 'it'"'"'s' --base-url http://127.0.0.1:1 --timeout 2`)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^Cannot connect to 127\.0\.0\.1:1: nothing listens there \(ECONNREFUSED\), .* Given up after 2 s\./,
  )
  expect(stderr).not.toMatch(/maxDeliveryMs|attemptTimeoutMs|baseUrl/)
  expect(stderr).toMatch(
    /\n {2}obsidian-events track a 'it'\\''s' --base-url http:\/\/127\.0\.0\.1:1 --timeout 2 --id [\w-]{36}\nSee \S+\/errors\/timeout\/\n$/,
  )
})
