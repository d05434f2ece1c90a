import { once } from 'node:events'
import { createServer } from 'node:https'
import { setImmediate as turn } from 'node:timers/promises'
import { certificate } from '@obsidianlaunch/testkit/certificates'
import { closedPort, listen, type Local } from '@obsidianlaunch/testkit/listen'
import { expect, test } from 'vitest'
import { ConnectionError, EventTracker, type Fetch, TimeoutError, type TrackerOptions } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A server whose certificate has expired. */
async function expired(): Promise<Local> {
  return listen(createServer(await certificate({ to: -3 })))
}

const secure = ({ url }: Local) => url.replace('http:', 'https:')

/** A tracker, and what its logger hears. */
function logged(options: TrackerOptions) {
  const errors: string[] = []
  const warnings: string[] = []
  const heard = Promise.withResolvers<void>()
  const logger = {
    error: (text: string) => (errors.push(text), heard.resolve()),
    warn: (text: string) => warnings.push(text),
  }
  const backoff = { baseMs: 1, capMs: 5 }
  const tracker = new EventTracker({ token: 'secret-token', backoff, logger, ...options })
  return { tracker, errors, warnings, heard: heard.promise }
}

const words = /^Cannot connect to 127\.0\.0\.1:\d+: its certificate expired 3 days ago \(CERT_HAS_EXPIRED\)/

test('the error of an event says what the network said, with what to do', async () => {
  await using server = await expired()
  const { tracker } = logged({ baseUrl: secure(server), maxRetries: 1 })
  const error = await tracker.trackEvent('user123', 'x').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConnectionError)
  expect((error as Error).message).toMatch(
    new RegExp(`${words.source}, after 2 attempts\\. The administrator of the server has to renew it\\.`),
  )
})

const refused = /: nothing listens there \(ECONNREFUSED\)\. Check the address and its port, and that the server runs\.$/

test('the error of an event whose time is up says it too', async () => {
  const clock = new FakeClock()
  const { tracker } = logged({ baseUrl: `http://127.0.0.1:${await closedPort()}`, maxDeliveryMs: 50, clock })
  const failed = tracker.trackEvent('user123', 'x').catch((thrown: unknown) => thrown)
  await expect.poll(async () => (await tracker.waiting())[0]?.lastFailure).toMatch(/^Cannot connect to /)
  const error = await clock.passUntil(failed, 10, turn)
  expect(error).toBeInstanceOf(TimeoutError)
  expect((error as TimeoutError).text).toMatch(/^Not delivered: its 50 ms .* The last attempt: Cannot connect to /)
  expect((error as TimeoutError).text).toMatch(refused)
})

test('an event that had no attempt of its own, since sending paused, says for what it did', async () => {
  const baseUrl = `http://127.0.0.1:${await closedPort()}`
  const clock = new FakeClock()
  const { tracker, warnings } = logged({ baseUrl, maxDeliveryMs: 500, concurrency: 4, clock })
  const ended = Promise.allSettled(Array.from({ length: 100 }, (_, n) => tracker.trackEvent(`user${n}`, 'x')))
  await expect.poll(() => warnings.length).toBe(1)
  const ends = await clock.passUntil(ended, 10, turn)
  expect(warnings[0]).toMatch(
    /^The API does not answer: sending pauses for .* Events pending: \d+\. Cannot connect to /,
  )
  expect(warnings[0]).toMatch(refused)
  const texts = ends.map((end) => ((end as PromiseRejectedResult).reason as TimeoutError).text)
  const waited = texts.filter((text) => text.includes('attempts made: 0.'))
  expect(waited.length).toBeGreaterThan(0)
  for (const text of waited) {
    expect(text).toMatch(/ The last attempt, at another event: Cannot connect to /)
    expect(text).toMatch(refused)
  }
})

test('what does not pass by itself is told to the logger at the first attempt, once, while it is tried again', async () => {
  await using server = await expired()
  const { tracker, errors, heard } = logged({ baseUrl: secure(server) })
  for (const customer of ['a', 'b', 'c']) tracker.trackEvent(customer, 'x')
  await heard
  expect(tracker.stats()).toMatchObject({ accepted: 3, pending: 3 })
  await tracker.flush({ timeoutMs: 50 })
  expect(errors).toEqual([expect.stringMatching(words)])
  expect(errors[0]).toContain('The administrator of the server has to renew it.')
  expect(errors[0]).toContain('This does not pass by itself')
  expect(tracker.stats()).toMatchObject({ pending: 3 })
  await tracker.shutdown({ timeoutMs: 0 })
})

test('an outage that may pass is told when sending pauses, and not as something to mend', async () => {
  const { tracker, errors } = logged({ baseUrl: `http://127.0.0.1:${await closedPort()}` })
  tracker.trackEvent('user123', 'x')
  await tracker.flush({ timeoutMs: 50 })
  expect(errors).toEqual([])
  await tracker.shutdown({ timeoutMs: 0 })
})

test('where nobody listens, the warning of the process says it', async () => {
  await using server = await expired()
  const warned = once(process, 'warning')
  const tracker = new EventTracker({ token: 'secret-token', baseUrl: secure(server), maxRetries: 0 })
  tracker.trackEvent('user123', 'x')
  const [warning] = (await warned) as [Error]
  expect(warning.message).toMatch(/^An event failed and nobody was listening: ConnectionError: Cannot connect to /)
  expect(warning.message).toContain('its certificate expired 3 days ago (CERT_HAS_EXPIRED)')
  await tracker.shutdown()
})

test('where nobody listens, each kind of failure is told once, also after another kind', async () => {
  const told: string[] = []
  const listener = ({ message }: Error) => told.push(/listening: (\w+)/.exec(message)?.[1] ?? message)
  process.on('warning', listener)
  const tracker = new EventTracker({
    token: 'secret-token',
    baseUrl: `http://127.0.0.1:${await closedPort()}`,
    maxRetries: 0,
  })
  for (const customer of ['', '', 'user123', 'user124']) void tracker.trackEvent(customer, 'x')
  await expect.poll(() => told).toEqual(['ValidationError', 'ConnectionError'])
  await tracker.shutdown()
  process.off('warning', listener)
  expect(told).toEqual(['ValidationError', 'ConnectionError'])
})

test('the error of a token function that fails has its words', async () => {
  const { tracker } = logged({ token: () => Promise.reject(new Error('the vault is sealed')), maxRetries: 0 })
  await expect(tracker.trackEvent('user123', 'x')).rejects.toThrow(
    'The token function failed: the vault is sealed, after 1 attempt.',
  )
})

/** A function with a bug, of the kind that running it finds. */
const misspelt = (): never => {
  throw new ReferenceError('retrys is not defined')
}

test.each<[string, TrackerOptions, string]>([
  ['fetch', { fetch: async () => misspelt() }, 'fetch'],
  ['token function', { token: misspelt }, 'token function'],
])('a ReferenceError in a %s of yours is told at once, with its stack', async (_, options, whose) => {
  const { tracker, errors, heard } = logged(options)
  tracker.trackEvent('user123', 'x')
  await heard
  expect(tracker.stats()).toMatchObject({ pending: 1 })
  await tracker.flush({ timeoutMs: 30 })
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(
    new RegExp(`^A likely bug in your ${whose}, .*: ReferenceError: retrys is not defined\n +at misspelt`),
  )
  await tracker.shutdown({ timeoutMs: 0 })
})

test('the same TypeError again, with nothing ever delivered, is told as a likely bug, and is retried all the same', async () => {
  let calls = 0
  const fetch: Fetch = async () => {
    if (++calls < 4) (undefined as unknown as { get(): void }).get()
    return new Response('{}')
  }
  const { tracker, errors } = logged({ fetch })
  await tracker.trackEvent('user123', 'x')
  expect(calls).toBe(4)
  expect(errors).toEqual([expect.stringMatching(/^A likely bug in your fetch, .*: TypeError: .*\n +at /)])
})

test.each<[string, Fetch]>([
  ['the words of a browser', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['a code of Node', () => Promise.reject(Object.assign(new TypeError('no'), { code: 'ECONNRESET' }))],
])('a TypeError that tells of an outage is no bug: %s', async (_, fetch) => {
  const { tracker, errors } = logged({ fetch, maxDeliveryMs: 30 })
  await tracker.trackEvent('user123', 'x').catch(() => undefined)
  expect(errors).toEqual([expect.stringMatching(/^TimeoutError: Not delivered/)])
})

test('once something was delivered, a TypeError is taken for an outage', async () => {
  let calls = 0
  const fetch: Fetch = async () => {
    if (++calls > 1 && calls < 5) throw new TypeError('odd')
    return new Response('{}')
  }
  const { tracker, errors } = logged({ fetch })
  await tracker.trackEvent('user123', 'x')
  await tracker.trackEvent('user123', 'y')
  expect([calls, errors]).toEqual([5, []])
})

test('what is told of a likely bug has no token', async () => {
  const { tracker, errors, heard } = logged({
    fetch: async (_url, { headers }) => {
      throw new ReferenceError(`${headers['authorization']} is not defined`)
    },
  })
  tracker.trackEvent('user123', 'x')
  await heard
  expect(errors[0]).toContain('ReferenceError: Bearer [redacted] is not defined')
  expect(errors[0]).not.toContain('secret-token')
  await tracker.shutdown({ timeoutMs: 0 })
})

test('an event that never had its turn says how the one before it failed', async () => {
  const clock = new FakeClock()
  const { tracker } = logged({ baseUrl: `http://127.0.0.1:${await closedPort()}`, maxDeliveryMs: 50, clock })
  const ended = Promise.allSettled([tracker.trackEvent('user123', 'first'), tracker.trackEvent('user123', 'second')])
  await expect.poll(async () => (await tracker.waiting())[0]?.lastFailure).toMatch(/^Cannot connect to /)
  const [, second] = await clock.passUntil(ended, 10, turn)
  const { message } = (second as PromiseRejectedResult).reason as Error
  expect(message).toMatch(/attempts made: 0\. The last attempt at an event before it: Cannot connect to /)
})
