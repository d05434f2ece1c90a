import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { startMock } from '@obsidianlaunch/events-mock'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { expect, test } from 'vitest'
import { commandsOf, examplesIn, Workplace } from './command-line.ts'

const page = textOf('reference/command-line/import')
const pages = [readFileSync(new URL('../README.md', import.meta.url), 'utf8'), textOf('reference/command-line'), page]
/** They have their own tests. */
const others = new Set(['Mock', 'Listen', 'Completion'])
const fromPages = pages.flatMap(commandsOf).flatMap(({ section, line }) => (others.has(section) ? [] : [line]))

using place = new Workplace()
const fromHelp: string[] = []
for (const command of ['', 'identify', 'track']) {
  fromHelp.push(...examplesIn((await place.run(`obsidian-events ${command} --help`)).stdout))
}

/** The lines that the page of imports shows. */
const [, events = ''] = /^```json\n(.*?)^```/ms.exec(page) ?? []
const [, table = ''] = /^```csv\n(.*?)^```/ms.exec(page) ?? []
const invoice = '{"customer_id":"user123","event":"invoice_paid","property":{"invoice":77,"line":2,"amount":50}}\n'

test('there are examples to try', () => {
  expect(fromPages.length).toBeGreaterThan(10)
  expect(fromHelp.length).toBeGreaterThan(10)
})

test.each([...new Set([...fromPages, ...fromHelp])])('%s', async (line) => {
  await using mock = await startMock()
  using at = new Workplace({ EVENT_TRACKING_BASE_URL: mock.url, EVENT_TRACKING_AUTH_TOKEN: 'any-token' })
  writeFileSync(at.path('events.ndjson'), events)
  writeFileSync(at.path('events.ndjson.gz'), gzipSync(events))
  writeFileSync(at.path('events.csv'), table)
  for (const day of ['monday', 'tuesday']) writeFileSync(at.path(`${day}.ndjson`), invoice)
  writeFileSync(at.path('customers.ndjson'), '{"customer_id":"user123","name":"John Doe"}\n')
  writeFileSync(at.path('user.json'), '{"plan":"premium"}')
  const { code, stderr } = await at.run(line)
  expect({ code, stderr: stderr.replace(/^Left out: .*\n/, '') }).toEqual({ code: 0, stderr: '' })
  expect(mock.bad.filter(({ body }) => Object.keys(body ?? {}).length > 0)).toEqual([])
  expect(mock.good.length > 0).toBe(!/ doctor| help | --dry-run/.test(line))
})
