import { defaultBaseUrl } from '@obsidianlaunch/events-client/core'
import { afterEach, expect, test, vi } from 'vitest'
import { defaults as ofInstrumentation } from '../../src/opentelemetry/names.ts'
import type { InstrumentationOptions } from '../../src/opentelemetry/opentelemetry.ts'
import { isRow, optionTable } from '../../src/options/option-table.ts'
import { decideSettings } from '../../src/options/settings.ts'
import { defaults as ofIndexedDb } from '../../src/outbox/indexeddb/indexeddb-outbox.ts'
import { defaults as ofSqlite, type SqliteOutboxOptions } from '../../src/outbox/sqlite/options.ts'
import { defaults as ofHandlers } from '../../src/shutdown-handlers.ts'
import { defaultsIn, namesOf, rowsOf, shown } from './tables.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

const rows = rowsOf('reference/options', 'option')
const told = defaultsIn(rows)

/** A tracker's settings where nothing is chosen but the token. */
function settingsByDefault(): Record<string, unknown> {
  for (const name of ['BASE_URL', 'ENVIRONMENT', 'ENABLED']) vi.stubEnv(`EVENT_TRACKING_${name}`, undefined)
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'a-token')
  return { ...decideSettings({}) }
}

test('the page of the options has every option of a tracker, in the order in which an error lists them, and no other', () => {
  expect(namesOf(rows)).toEqual(Object.keys(optionTable))
})

/** Options that have a default in the code. */
const decided = Object.entries(optionTable)
  .filter(([, row]) => !isRow(row) || 'default' in row)
  .map(([name]) => name)

test.each(decided)('the page tells the default of %s', (name) => {
  const value = settingsByDefault()[name]
  const words = value === Infinity ? 'as many as maxDeliveryMs allows' : shown(value)
  expect(told[name]).toBe(words)
})

test('the page tells how many requests are in flight at once in a browser and on Workers', () => {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  const row = rows.find(([name]) => name === '`concurrency`')
  expect(row?.[1]).toBe(`32; ${optionTable.concurrency.default()} in browsers and on Workers`)
})

test('the page tells where the environment decides, and what is so where it says nothing', () => {
  const settings = settingsByDefault()
  expect(settings['token']).toBe('a-token')
  expect(told).toMatchObject({
    token: 'EVENT_TRACKING_AUTH_TOKEN',
    baseUrl: `EVENT_TRACKING_BASE_URL, else ${defaultBaseUrl}`,
    environment: `EVENT_TRACKING_ENVIRONMENT, else ${shown(settings['environment'])}`,
  })
  expect(settings['baseUrl']).toBe(defaultBaseUrl)
  const enabled = rows.find(([name]) => name === '`enabled`')?.[1]
  expect(enabled).toBe(`\`EVENT_TRACKING_ENABLED\` (\`true\` or \`false\`), else \`${shown(settings['enabled'])}\``)
})

test('a page has every option of an outbox in a file, and its default', () => {
  const unlimited = { maxBytes: 'as large as the disk allows', clock: "the platform's" }
  const known: Record<keyof SqliteOutboxOptions, unknown> = { ...ofSqlite, clock: undefined }
  const words = Object.entries(known).map(([name, value]) => [name, shown(value)])
  const page = rowsOf('guides/outbox', 'option of `sqliteOutbox`')
  expect(defaultsIn(page)).toEqual({ ...Object.fromEntries(words), ...unlimited })
})

test('a page has every option of an outbox in a browser, and its default', () => {
  const page = rowsOf('guides/closed-tab', 'option of `indexedDbOutbox`')
  expect(defaultsIn(page)).toEqual({ rememberedIds: shown(ofIndexedDb.rememberedIds) })
})

test('a page has every option of the shutdown handlers, and its default', () => {
  const page = rowsOf('guides/shutdown', 'option of `installShutdownHandlers`')
  expect(defaultsIn(page)).toEqual({ timeoutMs: shown(ofHandlers.timeoutMs), signals: shown(ofHandlers.signals) })
})

test('a page has every option of the instrumentation, and its default', () => {
  const page = defaultsIn(rowsOf('guides/tracing', 'option of `instrumentEvents`'))
  const known: Record<keyof InstrumentationOptions, true> = {
    tracerProvider: true,
    meterProvider: true,
    customerIds: true,
  }
  expect(Object.keys(page)).toEqual(Object.keys(known))
  expect(page['customerIds']).toBe(shown(ofInstrumentation.customerIds))
})
