import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { afterAll, expect, test } from 'vitest'
import { commandsOf, examplesIn, Workplace } from '../command-line.ts'
import { flagOf, flags, variableOf } from '../../src/relay/flags.ts'
import { database } from '../outbox/databases.ts'
import { RunningRelay } from './running.ts'

const page = textOf('reference/command-line/relay')
const fromPage = commandsOf(page).map(({ line }) => line)

const help = new Workplace()
afterAll(() => help[Symbol.dispose]())
const { stdout: helpText } = await help.run('obsidian-events relay --help')
const lines = [...new Set([...fromPage, ...examplesIn(helpText)])]
const [keys, servers] = [
  lines.filter((line) => line.includes('relay key')),
  lines.filter((line) => !/relay key|postgres:/.test(line)),
]
const withDatabase = lines.filter((line) => line.includes('postgres:'))

test('there are examples to try', () => {
  expect([keys.length, servers.length, withDatabase.length]).toEqual([1, 4, 2])
})

test.each(keys)('the page is right about: %s', async (line) => {
  expect(await help.run(line)).toMatchObject({ code: 0 })
})

test.each(servers)('the page and the help are right about: %s', async (line) => {
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: 'http://127.0.0.1:9' })
  // Of two ports the last one counts, and theirs may be taken here.
  const options = line.replace('obsidian-events relay', '').replaceAll(/(-port) \d+/g, '$1 0')
  const relay = await new RunningRelay(place, options).started()
  expect(await relay.end()).toBe(0)
})

const missing = missingDatabase()

test.for(withDatabase)('the page and the help are right about: %s', async (line, { skip }) => {
  skip(missing !== undefined, missing)
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: 'http://127.0.0.1:9' })
  const url = await database(line.includes('--schema') ? { schema: 'app_events' } : {})
  const options = line.replace('obsidian-events relay', '').replace(/postgres:\/\/\S+/, `'${url}'`)
  const relay = await new RunningRelay(place, options).started()
  expect(await relay.end()).toBe(0)
})

test.each(Object.keys(flags))('help and page have the option %s, and the help its variable', (name) => {
  expect(helpText).toContain(`  ${flagOf(name)} `)
  expect(helpText).toMatch(new RegExp(`${variableOf(name)} +${flagOf(name)}$`, 'm'))
  expect(page).toContain(`\`${flagOf(name)}\``)
})
