import { run } from '@obsidianlaunch/testkit/run'
import { expect, test, vi } from 'vitest'
import { EventTracker, type Logger, type TrackerOptions } from '../../src/index.ts'
import { lineOf } from '../../src/tracing/debug.ts'
import type { AttemptMessage } from '../../src/tracing/messages.ts'
import { inTurn, ok, serve, status } from '../support/server.ts'

const event = {
  id: '0192-id',
  operation: 'trackEvent',
  customerId: 'user123',
  environment: 'test',
  isFound: false,
} as const
const attempt = { event, attempt: 1, url: 'https://api.test/events/test', durationMs: 41.6 } as const

test.each([
  [{ status: 200, next: 'delivered' }, '200 after 42 ms; delivered'],
  [{ status: 503, next: 'retry', retryInMs: 1_250 }, '503 after 42 ms; again in 1.3 s'],
  [
    { status: 401, next: 'refused', retryInMs: 30_000 },
    '401 after 42 ms; kept, again in 30.0 s: the token, the address or a proxy is at fault',
  ],
  [{ status: 400, next: 'dead' }, '400 after 42 ms; now a dead letter'],
  [{ status: 400, next: 'rejected' }, '400 after 42 ms; given up'],
  [{ cause: 'no answer', next: 'released' }, 'failed after 42 ms: no answer; cut short'],
  [
    { cause: 'connect ECONNREFUSED 127.0.0.1:9', next: 'retry', retryInMs: 0 },
    'failed after 42 ms: connect ECONNREFUSED 127.0.0.1:9; again in 0.0 s',
  ],
] satisfies [Partial<AttemptMessage>, string][])('%j is told as: %s', (result, line) => {
  expect(lineOf({ ...attempt, ...result })).toBe(`trackEvent 0192-id of user123, attempt 1: ${line}`)
})

test('a line is one line that moves no terminal, however long its parts are', () => {
  const customerId = `user\n\u001B[2J\u202E${'x'.repeat(1_000)}`
  const cause = `no\u0007 answer\r\n${'y'.repeat(10_000)}`
  const line = lineOf({ ...attempt, event: { ...event, customerId }, cause, next: 'rejected' })
  expect(line).toMatch(
    /^trackEvent 0192-id of user \uFFFD\[2J\uFFFDx+…, attempt 1: failed after 42 ms: no\uFFFD answer y+…; given up$/,
  )
  expect(line.length).toBeLessThan(500)
})

const index = new URL('../../src/index.ts', import.meta.url).href

/** Sends two events in a process of its own: the first is tried twice, the second is refused. */
async function send(env: Record<string, string | undefined>, options = '{}') {
  await using server = await serve(inTurn(status(503), ok, status(400)))
  const program = `
    import { EventTracker } from '${index}'
    const given = { backoff: { baseMs: 1, capMs: 1 }, onError: () => undefined, ...${options} }
    // A program may have several, and they tell one line an attempt all the same.
    const [tracker] = [new EventTracker(given), new EventTracker(given)]
    await tracker.trackEvent('user123', 'x', { id: 'first', property: { plan: 'secret-property' } }).settled()
    await tracker.identifyCustomer('user123', { name: 'secret-name' }, { id: 'second' }).settled()
    await tracker.shutdown()`
  const own = { EVENT_TRACKING_AUTH_TOKEN: 'secret-token', EVENT_TRACKING_BASE_URL: server.url }
  return await run(process.execPath, ['--input-type=module', '--eval', program], {
    alone: true,
    env: { ...own, ...env },
    timeoutMs: 60_000,
  })
}

test.each(['1', 'True '])(
  'EVENT_TRACKING_DEBUG=%s prints a line for each attempt on standard error, and nothing on standard output',
  async (value) => {
    const { code, stdout, stderr } = await send({ EVENT_TRACKING_DEBUG: value })
    expect([code, stdout]).toEqual([0, ''])
    const lines = stderr.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/ after \d+ ms/, ' after N ms').replace(/^\S+Z /, 'NOW '))).toEqual([
      'NOW trackEvent first of user123, attempt 1: 503 after N ms; again in 0.0 s',
      'NOW trackEvent first of user123, attempt 2: 200 after N ms; delivered',
      'NOW identifyCustomer second of user123, attempt 1: 400 after N ms; given up',
    ])
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /)
    expect(stderr).not.toContain('secret')
  },
)

test('EVENT_TRACKING_DEBUG that is missing, blank, 0 or false prints nothing at all', async () => {
  const setEach =
    "['', ' ', '0', 'false', 'False'].map((value) => ((process.env.EVENT_TRACKING_DEBUG = value), new EventTracker())) && {}"
  for (const options of ['{}', setEach]) {
    const { code, stdout, stderr } = await send({ EVENT_TRACKING_DEBUG: undefined }, `(${options})`)
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  }
})

test('the console as a logger is not told of each attempt, and nothing is on standard output', async () => {
  const { stdout, stderr } = await send({}, '{ logger: console, onError: undefined }')
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^ApiError: Failed to identify customer: 400/)
  expect(stderr).not.toContain('attempt 1:')
})

test('a console that throws takes no event with it', async () => {
  const { code, stdout } = await send(
    { EVENT_TRACKING_DEBUG: '1' },
    '{ onDelivered: () => process.stdout.write("delivered "), onError: () => process.stdout.write("failed"), ' +
      'logger: (console.error = () => { throw new Error("closed") }, undefined) }',
  )
  expect([code, stdout]).toEqual([0, 'delivered failed'])
})

/** The lines that a logger gets for an event that is tried twice. */
async function linesOf(logger: Logger, options: TrackerOptions = {}): Promise<string[]> {
  await using server = await serve(inTurn(status(503), ok))
  const backoff = { baseMs: 1, capMs: 1 }
  const tracker = new EventTracker({ token: 'secret', baseUrl: server.url, backoff, logger, ...options })
  await tracker.trackEvent('user123', 'x', { id: 'one' })
  await tracker.shutdown()
  return server.log()
}

test('logger.debug gets the same line for each attempt, as the method that it is', async () => {
  class Lines implements Logger {
    readonly lines: string[] = []
    warn(): void {}
    error(): void {}
    debug(line: string): void {
      this.lines.push(line.replace(/ after \d+ ms/, ' after N ms'))
    }
  }
  const logger = new Lines()
  await linesOf(logger)
  expect(logger.lines).toEqual([
    'trackEvent one of user123, attempt 1: 503 after N ms; again in 0.0 s',
    'trackEvent one of user123, attempt 2: 200 after N ms; delivered',
  ])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no disk')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no disk'))],
  ['is no function, as the switch of some loggers', false],
])('a logger.debug that %s changes nothing', async (_, debug) => {
  const rejected = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', rejected)
  const logger = { warn: () => undefined, error: () => undefined, debug } as unknown as Logger
  expect(await linesOf(logger)).toEqual(['user123:x', 'user123:x'])
  await new Promise((passed) => setImmediate(passed))
  process.off('unhandledRejection', rejected)
  expect(rejected).not.toHaveBeenCalled()
})
