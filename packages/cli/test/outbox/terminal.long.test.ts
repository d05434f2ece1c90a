import { stripVTControlCharacters } from 'node:util'
import { startMock } from '@obsidianlaunch/events-mock'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { dead, fill, open } from './files.ts'

async function withOutbox(env: Record<string, string> = {}): Promise<Workplace> {
  const place = new Workplace(env)
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['user123:1', 'b:1', `${'long-'.repeat(12)}id:1`], Date.now() - 10_000_000)
  await dead(outbox, 'b')
  return place
}

test.runIf(hasScript).each([
  ['y\n', 0, '1 event of user123 erased', 1],
  ['n\n', 0, 'Nothing was erased.', 2],
  ['\n', 0, 'Nothing was erased.', 2],
  ['\u0004', 0, 'Nothing was erased.', 2],
  ['\u0003', 130, '', 2],
])('in a terminal forget asks, and %j is understood', async (answer, code, said, pending) => {
  using place = await withOutbox()
  const terminal = inTerminal(80, 'obsidian-events outbox forget events.db user123', place)
  await terminal.shows('[y/N]')
  terminal.type(answer)
  expect(await terminal.code()).toBe(code)
  expect(terminal.output()).toContain(said)
  const records = await place.records('obsidian-events --json outbox list events.db')
  expect(records.at(-1)).toMatchObject({ pending })
})

const lines = ['doctor --outbox events.db', 'outbox list events.db', 'outbox dead events.db']
const cases = lines.flatMap((line) => [40, 80].map((columns) => [line, columns] as const))

test.runIf(hasScript).each(cases)('%s fits a terminal of %i columns', async (line, columns) => {
  await using mock = await startMock()
  const env = { EVENT_TRACKING_AUTH_TOKEN: 'any', EVENT_TRACKING_BASE_URL: mock.url, HTTP_PROXY: 'http://proxy:1' }
  using place = await withOutbox(env)
  const terminal = inTerminal(columns, `obsidian-events ${line}`, place)
  expect(await terminal.code()).toBe(0)
  expect(terminal.output()).toContain('\u001B[')
  // What a line is rewritten with counts as a line of its own.
  for (const each of stripVTControlCharacters(terminal.output()).split(/[\r\n]+/)) {
    expect(each.length).toBeLessThanOrEqual(columns)
  }
})

test.runIf(hasScript)('NO_COLOR leaves a terminal without colours', async () => {
  using place = await withOutbox({ NO_COLOR: '1' })
  const terminal = inTerminal(80, 'obsidian-events outbox list events.db', place)
  expect(await terminal.code()).toBe(0)
  // oxlint-disable-next-line no-control-regex -- a colour begins with it
  expect(terminal.output()).not.toMatch(/\u001B\[\d*m/)
})

test('what is piped has no colours', async () => {
  using place = await withOutbox()
  expect((await place.run('obsidian-events outbox list events.db')).stdout).not.toContain('\u001B')
})
