import type { ConfigurationError } from '@obsidianlaunch/events'
import { expect, test } from 'vitest'
import { type EnqueueOptions, enqueueStatement, postgresOutbox } from '../src/index.ts'
import { settingsOf } from '../src/options.ts'
import { pages, rowsOf } from './support/pages.ts'

const ofOutbox = rowsOf(pages.index, 'option of `postgresOutbox`')
const ofEnqueue = rowsOf(pages.transactions, 'option of `enqueue`')
const options: [name: string, rows: string[][], call: (options: object) => unknown][] = [
  ['postgresOutbox', ofOutbox, (given) => postgresOutbox('postgres://127.0.0.1:1/nowhere', given)],
  ['enqueue', ofEnqueue, (given) => enqueueStatement([], given)],
]

test.each(options)('every option of %s is on its page, and no other', (_, rows, call) => {
  const [, known = ''] = /known are (.*)\.$/.exec(messageOf(() => call({ noSuchOption: 1 }))) ?? []
  expect(rows.map(([option]) => option)).toEqual(known.split(', ').map((option) => `\`${option}\``))
})

test('the defaults of postgresOutbox are those that its page tells', () => {
  const { schema, rememberMs, timeoutMs } = settingsOf('postgresOutbox', {})
  expect(rememberMs).toBe(24 * 3_600_000)
  expect(ofOutbox.map(([, standard]) => standard)).toEqual([
    `\`${schema}\``,
    `${rememberMs.toLocaleString('en-US')} (a day)`,
    timeoutMs.toLocaleString('en-US'),
  ])
})

test('the defaults of enqueue are those that its page tells', () => {
  const told = Object.fromEntries(ofEnqueue.map(([option = '', standard]) => [option.slice(1, -1), standard]))
  expect(told).toEqual({
    schema: '`obsidian_events`',
    ordered: '`false`',
    environment: '`EVENT_TRACKING_ENVIRONMENT`, else `test`',
  })
  expect(statement({})).toBe(statement({ schema: 'obsidian_events', ordered: false, environment: 'test' }))
  process.env['EVENT_TRACKING_ENVIRONMENT'] = 'production'
  try {
    expect(statement({})).toBe(statement({ environment: 'production' }))
  } finally {
    delete process.env['EVENT_TRACKING_ENVIRONMENT']
  }
})

/** The statement for one event, with its values. */
function statement(given: EnqueueOptions): string {
  const { text, values } = enqueueStatement(
    [{ operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid', id: 'invoice-17' }],
    given,
  )
  return `${text} ${values.join()}`
}

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (thrown) {
    return (thrown as ConfigurationError).text
  }
  return 'it was taken'
}
