import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { startMock } from '@obsidianlaunch/events-mock'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'

/** Starts a mock, waits until it says where it is, and stops it at the end of the block. */
async function startIn(place: Workplace, line: string) {
  const child = place.start(line)
  const errors = text(child.stderr)
  let printed = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes('Ctrl-C ends it')) break
  }
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const url = /^API +(\S+)/m.exec(printed)?.[1]
  if (url === undefined) throw new Error(`The mock did not start: ${printed}${await errors}`)
  return {
    url,
    printed: () => printed,
    stop: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await once(child, 'close')
      return child.exitCode
    },
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)('the mock takes its own options, and %s ends it with 0', async (signal) => {
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any' })
  const { url, stop } = await startIn(place, 'obsidian-events mock --port 0 --fail 400')
  expect((await place.run(`obsidian-events --base-url ${url} track user123 click`)).stderr).toContain('400')
  expect((await place.run(`obsidian-events --base-url ${url} track user123 click`)).code).toBe(0)
  expect(await stop(signal)).toBe(0)
})

test('its help and its version are the mock’s own', async () => {
  using place = new Workplace()
  const { code, stdout } = await place.run('obsidian-events mock --help')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Usage: obsidian-events mock \[options\]/)
  expect(stdout).toContain('Faults are played in order')
  expect((await place.run('obsidian-events mock --version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  ['mock --prot 1', /did you mean --port\?.*obsidian-events mock --help/],
  ['mock --json', /Unknown option --json/],
  ['--json mock', /prints no JSON/],
  ['--dotenv /dev/null mock --prot 1', /did you mean --port\?/],
  ['listen --prot 1', /did you mean --port\?.*obsidian-events listen --help/],
  ['mock --verbose', /^Unknown option --verbose \(obsidian-events mock --help\)$/m],
])('what it does not know ends with 2: %s', async (line, message) => {
  using place = new Workplace()
  const { code, stdout, stderr } = await place.run(`obsidian-events ${line}`)
  expect(code).toBe(2)
  expect(stdout + stderr).toMatch(message)
})

test('the example of its help works', async () => {
  using place = new Workplace()
  const { stdout } = await place.run('obsidian-events mock --help')
  const example = /^Example: (.*)$/m.exec(stdout)?.[1] ?? ''
  const { stop } = await startIn(place, `${example} --port 0`)
  expect(await stop('SIGINT')).toBe(0)
})

test('what a mock has recorded goes into another one as the same events, and once: ids, order and every digit', async () => {
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'radioactive-token' })
  const first = await startIn(place, 'obsidian-events mock --port 0 --record calls.ndjson --fail pass:1,503')
  const at = `obsidian-events --base-url ${first.url}`
  await place.run(`${at} identify user123 --plan Lite --property seats:=5 --id job-1`)
  await place.run(`${at} track user123 click --property 'price:=12.50' --id job-2`)
  await place.run(`${at} track ada click --category Tech --id job-3`)
  await first.stop('SIGINT')
  const recorded = readFileSync(place.path('calls.ndjson'), 'utf8')
  expect([...recorded.matchAll(/"id":"(.*?)"/g)].map(([, id]) => id)).toEqual(['job-1', 'job-2', 'job-3'])
  expect(recorded).not.toMatch(/radioactive|bearer/i)
  await using second = await startMock()
  place.env['EVENT_TRACKING_BASE_URL'] = second.url
  const importing = 'obsidian-events track --from calls.ndjson --concurrency 1 --outbox imports.db'
  expect(await place.run(importing)).toMatchObject({ code: 0 })
  const again = await place.run(`${importing} --restart`)
  expect(again.stdout).toMatch(/^delivered +0\nalready delivered +3 /m)
  // Each customer's in order; of two customers either may be first.
  const arrived = second.requests.map(({ id, operation, body }) => ({ id, operation, body }))
  expect([...arrived.filter(({ id }) => id !== 'job-3'), ...arrived.filter(({ id }) => id === 'job-3')]).toEqual([
    {
      id: 'job-1',
      operation: 'identifyCustomer',
      body: { customer_id: 'user123', plan: 'Lite', properties: { seats: 5 } },
    },
    {
      id: 'job-2',
      operation: 'trackEvent',
      body: { customer_id: 'user123', event: 'click', property: { price: 12.5 } },
    },
    { id: 'job-3', operation: 'trackEvent', body: { customer_id: 'ada', event: 'click', category: 'Tech' } },
  ])
})

test('listen shows what arrives, and --open opens its page in the browser', async () => {
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any' })
  writeFileSync(place.path('browser'), '#!/bin/sh\necho "$1" > opened\n')
  chmodSync(place.path('browser'), 0o755)
  place.env['BROWSER'] = place.path('browser')
  writeFileSync(place.path('opened'), '')
  const { url, printed, stop } = await startIn(place, 'obsidian-events listen --port 0 --open')
  await expect.poll(() => readFileSync(place.path('opened'), 'utf8')).toBe(`${url}/_inspector\n`)
  expect(await place.run(`obsidian-events --base-url ${url} track user123 click`)).toMatchObject({ code: 0 })
  await expect.poll(printed).toMatch(/200 {2}trackEvent {8}user123 {7}click/)
  expect(await stop('SIGINT')).toBe(0)
})
