import { expect, test } from 'vitest'
import type { TrackerOptions } from '../../src/options/options.ts'
import { everything, importIn, sdkFor } from '../support/realm.ts'

/** Stands for anything that is there and throws when it is used, as Next.js's edge runtime has them. */
const refuse = () => {
  throw new Error('not supported here')
}
const stub = () => new Proxy(refuse, { get: () => refuse, apply: refuse, construct: refuse })

const conditions = ['everywhere', 'node'] as const
const code = { everywhere: await sdkFor('everywhere'), node: await sdkFor('node') }

/** Tracks one event there, and says in a word how that ended. */
async function outcome(globals: object, options: TrackerOptions = {}): Promise<string> {
  const { EventTracker } = importIn(globals, code.everywhere)
  const tracker = new EventTracker({ token: 'any-token', baseUrl: 'http://localhost', maxRetries: 0, ...options })
  const end = await tracker.trackEvent('user123', 'button_click').settled()
  const { pending, accepted } = tracker.stats()
  expect({ pending, accepted }).toEqual({ pending: 0, accepted: 1 })
  return 'error' in end ? `${end.error.name}: ${end.error.message}` : end.outcome
}

test.each(conditions)('importing it needs nothing of the platform (%s)', (condition) => {
  expect(Object.keys(importIn({}, code[condition]))).toContain('EventTracker')
})

test.each(conditions)('a tracker that is not enabled needs nothing of the platform (%s)', async (condition) => {
  const { EventTracker, ValidationError } = importIn({}, code[condition])
  const tracker = new EventTracker({ enabled: false })
  const receipt = await tracker.trackEvent('user123', 'button_click')
  expect(receipt).toMatchObject({ skipped: true, status: 0 })
  expect(receipt.id).toMatch(/^[0-9a-f-]{36}$/)
  expect(Number(receipt.acceptedAt)).toBeGreaterThan(1e12)
  await expect(tracker.identifyCustomer('', {})).rejects.toBeInstanceOf(ValidationError)
  expect(await tracker.shutdown()).toMatchObject({ accepted: 2, dropped: 1, rejected: 1, pending: 0 })
})

test('a run time that has everything delivers', async () => {
  const { sent, globals } = everything()
  expect(await outcome(globals)).toBe('delivered')
  expect(sent).toHaveLength(1)
})

/** Globals that it can do without, in whichever way they are missing. */
const spare = ['setImmediate', 'crypto', 'process', 'console', 'TextDecoder', 'Response'] as const

test.each(spare)('where %s is missing it delivers all the same', async (name) => {
  const { globals } = everything()
  delete globals[name]
  expect(await outcome(globals)).toBe('delivered')
})

test.each(spare)('where %s throws when it is read it delivers all the same', async (name) => {
  const { globals } = everything()
  Object.defineProperty(globals, name, {
    get() {
      throw new Error('not allowed')
    },
  })
  expect(await outcome(globals)).toBe('delivered')
})

test.each(spare)('where %s throws when it is used it delivers all the same', async (name) => {
  const { globals } = everything()
  globals[name] = stub()
  expect(await outcome(globals)).toBe('delivered')
})

test('without performance the time of day measures', async () => {
  const { globals } = everything()
  delete globals['performance']
  expect(await outcome(globals)).toBe('delivered')
})

test.each(['fetch', 'AbortController'])('where %s is missing the first call says so, at once', async (name) => {
  const { globals } = everything()
  delete globals[name]
  expect(await outcome(globals)).toMatch(new RegExp(`^ConfigurationError: This run time has no ${name}\\.`))
})

test('what a polyfill brings after the first call is used by the next one', async () => {
  const { globals } = everything()
  const { fetch } = globals
  delete globals['fetch']
  const { EventTracker } = importIn(globals, code.everywhere)
  const tracker = new EventTracker({ token: 'any-token', onError: () => undefined })
  await expect(tracker.trackEvent('user123', 'button_click')).rejects.toThrow('no fetch')
  globals['fetch'] = fetch
  expect(await tracker.trackEvent('user123', 'button_click')).toMatchObject({ status: 200, attempts: 1 })
})

test('who gives a fetch needs none of the platform', async () => {
  const { globals } = everything()
  delete globals['fetch']
  expect(await outcome(globals, { fetch: () => Promise.resolve(Response.json({})) })).toBe('delivered')
})

test('where there is no URL the constructor of a tracker that sends says so', async () => {
  const { globals } = everything()
  delete globals['URL']
  await expect(outcome(globals)).rejects.toThrow('This run time has no URL.')
})

test.each(['setTimeout', 'performance'])('where %s throws when it is used the call says so, at once', async (name) => {
  const { globals } = everything()
  globals[name] = stub()
  expect(await outcome(globals)).toMatch(
    /^ConfigurationError: .*timers or the clock here \(Error: not supported here\)/,
  )
})

test('a clock of your own takes the place of timers that throw', async () => {
  const { globals } = everything()
  const { setTimeout, clearTimeout } = globalThis
  globals['setTimeout'] = stub()
  const clock = { now: () => Date.now(), setTimeout, clearTimeout: (handle: unknown) => clearTimeout(handle as number) }
  expect(await outcome(globals, { clock })).toBe('delivered')
})

test('a warning that the process refuses goes to the console', async () => {
  const { globals } = everything()
  const warned: string[] = []
  globals['process'] = { env: { NODE_ENV: 'production' }, emitWarning: stub() }
  globals['console'] = { warn: (text: string) => warned.push(text) }
  expect(await outcome(globals)).toBe('delivered')
  expect(warned).toEqual([expect.stringContaining('EventTrackingWarning: NODE_ENV is production')])
})
