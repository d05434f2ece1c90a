import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  ConfigurationError,
  EventTracker,
  getDefaultTracker,
  trackEvent,
  type TrackerOptions,
} from '../../src/index.ts'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { hang, ok, serve, status } from '../support/server.ts'

let warnings: string[]
const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
beforeEach(() => {
  warnings = []
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'secret')
  process.on('warning', listen)
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.off('warning', listen)
})

/** Of what was warned until now. */
async function warned(): Promise<string[]> {
  await new Promise((emitted) => setImmediate(emitted))
  return warnings.filter((warning) => warning.includes('NODE_ENV'))
}

test.each([
  ['the environment of the guide', {}, {}, 'test'],
  ['what the option says', { environment: 'production' }, {}, 'production'],
  ['what the variable says', {}, { EVENT_TRACKING_ENVIRONMENT: ' Production ' }, 'production'],
  ['the guide’s, where the variable is blank', {}, { EVENT_TRACKING_ENVIRONMENT: ' ' }, 'test'],
  [
    'what the option says, whatever the variable says',
    { environment: 'test' },
    { EVENT_TRACKING_ENVIRONMENT: 'production' },
    'test',
  ],
] satisfies [string, TrackerOptions, Record<string, string>, string][])(
  'events go to %s',
  async (_, options, variables, environment) => {
    await using server = await serve(ok)
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    const tracker = new EventTracker({ baseUrl: server.url, ...options })
    await tracker.identifyCustomer('user123', { name: 'John Doe' })
    await tracker.trackEvent('user123', 'button_click')
    const paths = { test: ['/customer/test', '/events/test'], production: ['/customer', '/events'] }
    expect(server.arrivals.map(({ path }) => path)).toEqual(paths[environment as 'test'])
  },
)

test('the guide’s functions go to production by the variable', async () => {
  await using server = await serve(ok)
  vi.stubEnv('EVENT_TRACKING_BASE_URL', server.url)
  vi.stubEnv('EVENT_TRACKING_ENVIRONMENT', 'production')
  await trackEvent('user123', 'button_click')
  await getDefaultTracker().shutdown()
  expect(server.arrivals.map(({ path }) => path)).toEqual(['/events'])
})

test('a wrong environment is refused, and the error names those that there are', () => {
  expect(() => new EventTracker({ environment: 'prod' as never })).toThrow(ConfigurationError)
  expect(() => new EventTracker({ environment: 'prod' as never })).toThrow(/environment must be 'test' or 'production'/)
  vi.stubEnv('EVENT_TRACKING_ENVIRONMENT', 'live')
  expect(() => new EventTracker()).toThrow(
    new ConfigurationError("EVENT_TRACKING_ENVIRONMENT must be 'test' or 'production'"),
  )
})

test('where NODE_ENV is production and nobody has chosen, a tracker says once that events go to the test environment', async () => {
  await using server = await serve(ok)
  vi.stubEnv('NODE_ENV', 'production')
  const logged: string[] = []
  const logger = { warn: (message: string) => logged.push(message), error: () => undefined }
  const tracker = new EventTracker({ baseUrl: server.url, logger })
  for (const event of ['one', 'two']) await tracker.trackEvent('user123', event)
  expect(logged).toEqual([expect.stringMatching(/test environment.*EVENT_TRACKING_ENVIRONMENT.*'production'/)])
  expect(await warned()).toEqual([])
  await new EventTracker({ baseUrl: server.url }).trackEvent('user123', 'three')
  expect(await warned()).toEqual([`EventTrackingWarning: ${logged[0]}`])
})

test.each([
  [{ environment: 'test' }, {}],
  [{ environment: 'production' }, {}],
  [{ enabled: false }, {}],
  [{}, { EVENT_TRACKING_ENVIRONMENT: 'test' }],
  [{}, { NODE_ENV: 'development' }],
] satisfies [TrackerOptions, Record<string, string>][])('nothing is said for %j and %j', async (options, variables) => {
  for (const [name, value] of Object.entries({ NODE_ENV: 'production', ...variables })) vi.stubEnv(name, value)
  // oxlint-disable-next-line no-new -- what the constructor says is asked for
  new EventTracker(options)
  expect(await warned()).toEqual([])
})

test('what an outbox holds goes where it was accepted for, whatever the next start sends to, in the order of the calls', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'environment-'))
  const start = (baseUrl: string, environment: 'test' | 'production') =>
    new EventTracker({
      baseUrl,
      environment,
      outbox: sqliteOutbox(join(folder, 'events.db')),
      onError: () => undefined,
    })
  await using down = await serve(hang)
  const before = start(down.url, 'test')
  await before.trackEvent('user123', 'for test', { id: 'job-1' }).stored
  await before.shutdown({ timeoutMs: 0 })
  const production = start(down.url, 'production')
  await production.trackEvent('user123', 'for production', { id: 'job-1' }).stored
  await production.shutdown({ timeoutMs: 0 })

  await using server = await serve(ok)
  const again = start(server.url, 'test')
  const sharing = again.trackEvent('user123', 'for test', { id: 'job-1' })
  await again.flush()
  expect(await sharing).toMatchObject({ id: 'job-1', status: 200 })
  expect(await again.shutdown()).toMatchObject({ accepted: 2, delivered: 2, pending: 0 })
  expect(server.arrivals.map(({ path, body }) => [path, body.event])).toEqual([
    ['/events/test', 'for test'],
    ['/events', 'for production'],
  ])
  await rm(folder, { recursive: true })
})

test('an id that was delivered to the test environment is sent to production, and a dead letter is replayed to its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'environment-'))
  await using server = await serve((response, arrival, request) =>
    (arrival.body.event === 'refused' && server.arrivals.length < 2 ? status(400) : ok)(response, arrival, request),
  )
  const start = (environment: 'test' | 'production') =>
    new EventTracker({
      baseUrl: server.url,
      environment,
      outbox: sqliteOutbox(join(folder, 'events.db')),
      onError: () => undefined,
    })
  const before = start('test')
  await before.trackEvent('user123', 'refused').settled()
  await before.trackEvent('user123', 'x', { id: 'job-1' })
  await before.shutdown()
  const after = start('production')
  expect(await after.trackEvent('user123', 'x', { id: 'job-1' })).not.toHaveProperty('duplicate')
  const letters = await after.deadLetters()
  expect(await after.replay(letters.map(({ id }) => id))).toBe(1)
  await after.flush()
  await after.shutdown()
  expect(server.arrivals.map(({ path, body }) => [path, body.event])).toEqual([
    ['/events/test', 'refused'],
    ['/events/test', 'x'],
    ['/events', 'x'],
    ['/events/test', 'refused'],
  ])
  await rm(folder, { recursive: true })
})
