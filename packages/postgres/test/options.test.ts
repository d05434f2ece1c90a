import { ConfigurationError } from '@obsidianlaunch/events'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { enqueueStatement, migrate, migrations, postgresOutbox } from '../src/index.ts'

const url = 'postgres://user:top-secret@127.0.0.1:1/nowhere'

function errorOf(call: () => unknown): ConfigurationError {
  try {
    call()
  } catch (thrown) {
    return thrown as ConfigurationError
  }
  throw new Error('it was taken')
}

const notASource =
  /give a Pool of the package pg, or the address of a database: postgres:\/\/user@host:5432\/database\.$/
const unreadable =
  /the address of the database cannot be read\. It names one server, with user and password escaped by encodeURIComponent: \S+\.$/

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, notASource],
  ['null', null, notASource],
  ['an empty address', '', notASource],
  ['a host without a scheme', 'localhost:5432', notASource],
  ['the address of another database', 'mysql://localhost/app', notASource],
  ['the options of a pool', { host: 'localhost' }, notASource],
  ['a function', () => url, notASource],
  ['a Client, which lends no connections', new Client(), notASource],
  ['an address with a port that is none', 'postgres://user:top-secret@host:port/app', unreadable],
  ['an address with several hosts', 'postgres://user:top-secret@first:5432,second:5432/app', unreadable],
  ['an address with several hosts and no port', 'postgres://user:top-secret@first,second/app', unreadable],
  ['an address with a password that breaks it off', 'postgres://user:top-secret#1@host/app', unreadable],
])('%s in place of a database is refused, and the message says what to give', (_, source, message) => {
  const error = errorOf(() => postgresOutbox(source as string))
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error.text).toMatch(message)
  expect(error.text).toMatch(/^postgresOutbox: /)
  expect(error.message).not.toContain('top-secret')
})

const badName =
  /schema must be a name of up to 63 lower-case letters, digits and _ that does not begin with a digit or pg_\.$/

test.each<[string, unknown, RegExp]>([
  ['null', null, /^The options of postgresOutbox must be an object, such as \{ schema: 'obsidian_events' \}\.$/],
  ['a text', 'obsidian_events', /^The options of postgresOutbox must be an object/],
  ['an unknown option', { schemas: 'a' }, /schemas is no option; known are schema, rememberMs, timeoutMs\.$/],
  ['an empty schema', { schema: '' }, badName],
  ['a schema that would have to be quoted', { schema: 'Events' }, badName],
  ['a schema with a quote', { schema: 'a"; DROP SCHEMA public; --' }, badName],
  ['a schema that begins with a digit', { schema: '1events' }, badName],
  ['a schema of PostgreSQL itself', { schema: 'pg_catalog' }, badName],
  ['a schema that PostgreSQL would cut off', { schema: 'a'.repeat(64) }, badName],
  ['a schema that is no text', { schema: 1 }, badName],
  ['a negative time', { rememberMs: -1 }, /rememberMs must be an integer from 0 to 3153600000000\.$/],
  ['a time that is no number', { rememberMs: '1h' }, /rememberMs must be an integer from 0 to 3153600000000\.$/],
  ['a fraction of a millisecond', { timeoutMs: 0.5 }, /timeoutMs must be an integer from 1 to 2147483647\.$/],
  ['no time at all', { timeoutMs: 0 }, /timeoutMs must be an integer from 1 to 2147483647\.$/],
  ['a time that no timer can wait', { timeoutMs: 2 ** 31 }, /timeoutMs must be an integer from 1 to 2147483647\.$/],
])('%s among the options is refused, and the message says what is allowed', (_, options, message) => {
  const error = errorOf(() => postgresOutbox(url, options as object))
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error.text).toMatch(message)
})

test('every option has a default: an explicit undefined is the same as nothing', () => {
  const options = { schema: undefined, rememberMs: undefined, timeoutMs: undefined }
  expect(() => postgresOutbox(url, options)).not.toThrow()
  expect(() => postgresOutbox(url, { schema: 'a'.repeat(63), rememberMs: 0, timeoutMs: 1 })).not.toThrow()
})

test('migrate and migrations refuse the same, under their own names', async () => {
  await expect(migrate('localhost')).rejects.toThrow(/^migrate: give a Pool/)
  await expect(migrate(url, { schema: 'Events' })).rejects.toThrow(/^migrate: schema must be/)
  await expect(migrate(url, { rememberMs: 1 } as object)).rejects.toThrow(
    'migrate: rememberMs is no option; known are schema',
  )
  expect(() => migrations({ schema: 'Events' })).toThrow(/^migrations: schema must be/)
  expect(() => migrations('obsidian_events' as never)).toThrow(/^The options of migrations must be an object/)
})

const statementWith = (options: unknown) => () => enqueueStatement([], options as object)

test('enqueue refuses an option that it does not know: a misspelt one would lose an order in silence', () => {
  expect(statementWith({ order: true })).toThrow('enqueue: order is no option; known are schema, ordered, environment')
  expect(statementWith({ ordered: 'yes' })).toThrow('enqueue: ordered must be true or false')
  expect(statementWith({ schema: 'Events' })).toThrow(/^enqueue: schema must be/)
  expect(statementWith(null)).toThrow(/^The options of enqueue must be an object/)
  expect(statementWith({ schema: undefined, ordered: undefined, environment: undefined })).not.toThrow()
})
