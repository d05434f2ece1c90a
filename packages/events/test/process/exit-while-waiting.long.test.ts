import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hang, inTurn, ok, type ScriptedServer, serve, status } from '../support/server.ts'
import { Children, type End } from '../promise/support/child.ts'

let children: Children

beforeAll(() => {
  children = new Children()
})
afterAll(() => children[Symbol.dispose]())

/** Waits for the first request of a process, unless that ends before. */
async function arrival(server: ScriptedServer, ended: Promise<End>): Promise<void> {
  let end: End | undefined
  void ended.then((it) => (end = it))
  await expect.poll(() => end ?? server.arrivals.length).toBe(1)
}

const kinds: readonly [string, string][] = [
  ['in memory', ''],
  ['in a file', ', outbox: sqliteOutbox(path)'],
]

/** Attempts outlast every test, so that nothing but the deadline of a wait can end one. */
const patient = 'attemptTimeoutMs: 3_600_000, maxDeliveryMs: 7_200_000'

describe.each(kinds)('with an attempt in flight, %s,', (_kind, outbox) => {
  const before = `
    const tracker = new EventTracker({ onError: () => undefined, ${patient} ${outbox} })
    tracker.trackEvent('alice', 'stuck')
    setInterval(() => undefined, 60_000)
  `

  test.concurrent.each([
    ['alone', ''],
    ['beside a shutdown without a deadline of one’s own', 'void tracker.shutdown()'],
    ['beside a later shutdown of one’s own', 'void tracker.shutdown({ timeoutMs: 3_600_000 })'],
    ['beside a flush without a deadline', 'void tracker.flush()'],
    [
      'beside a flush and a shutdown',
      'void tracker.flush(); void tracker.shutdown(); void tracker.flush({ timeoutMs: 3_600_000 })',
    ],
  ])('a SIGTERM ends the process, %s', async (_how, wait) => {
    await using server = await serve(hang)
    const { child, ended } = children.run(
      server.url,
      `${before}
       installShutdownHandlers(tracker, { timeoutMs: 200 })
       process.on('SIGUSR2', () => { ${wait}; console.log('waits') })
       console.log('ready')`,
    )
    await arrival(server, ended)
    child.kill('SIGUSR2')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' })
  })

  test.concurrent('a SIGTERM after a shutdown ends the process', async () => {
    await using server = await serve(hang)
    const { child, ended } = children.run(
      server.url,
      `${before}
       installShutdownHandlers(tracker, { timeoutMs: 3_600_000 })
       process.on('SIGUSR2', () => tracker.shutdown({ timeoutMs: 0 }).then(() => process.kill(process.pid, 'SIGTERM')))`,
    )
    await arrival(server, ended)
    child.kill('SIGUSR2')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })
})

/** Work that a tracker may have when its process has nothing else to do. */
const endings: readonly [string, string][] = [
  ['nothing pending', "await tracker.trackEvent('alice', 'x')"],
  ['an event to be delivered', "tracker.trackEvent('alice', 'x')"],
  ['an event that waits for its retry', "await tracker.trackEvent('alice', 'x', { maxDeliveryMs: 10_000 }).settled()"],
]
const waits: readonly [string, string][] = [
  ['flush()', 'void tracker.flush()'],
  ['an awaited flush({ timeoutMs })', 'await tracker.flush({ timeoutMs: 10_000 })'],
  ['shutdown({ timeoutMs })', 'void tracker.shutdown({ timeoutMs: 100 })'],
  [
    'flush() and an awaited shutdown({ timeoutMs })',
    'void tracker.flush(); await tracker.shutdown({ timeoutMs: 100 })',
  ],
]

describe.each(kinds)('in beforeExit, %s,', (_kind, outbox) => {
  describe.each(endings)('with %s,', (_ending, before) => {
    test.concurrent.each(waits)('%s lets the process end soon', async (_wait, wait) => {
      const waitsForRetry = before.includes('maxDeliveryMs')
      await using server = await serve(waitsForRetry ? status(503) : inTurn(status(503), ok))
      const { ended } = children.run(
        server.url,
        `const backoff = ${waitsForRetry ? '{ baseMs: 1e12, capMs: 1e12 }' : '{ baseMs: 1, capMs: 2 }'}
         const tracker = new EventTracker({ onError: () => undefined, backoff ${outbox} })
         let rounds = 0
         process.on('beforeExit', async () => {
           if (++rounds > 200) process.exit(3)
           ${wait}
         })
         process.on('exit', () => console.log(JSON.stringify({ rounds, pending: tracker.stats().pending })))
         ${before}`,
      )
      const { code, stdout } = await ended
      expect(code).toBe(0)
      const { rounds, pending } = JSON.parse(stdout) as { rounds: number; pending: number }
      expect(rounds).toBeLessThan(20)
      expect(pending).toBe(waitsForRetry && outbox !== '' ? 1 : 0)
    })
  })
})

describe.each(kinds)('once it has nothing to do but an attempt that hangs, %s,', (_kind, outbox) => {
  test.concurrent('a call with its id after the shutdown is refused at once, and holds no process', async () => {
    await using server = await serve(hang)
    const { child, ended } = children.run(
      server.url,
      `const tracker = new EventTracker({ onError: () => undefined, ${patient} ${outbox} })
       tracker.trackEvent('alice', 'stuck', { id: 'job-1' })
       process.once('SIGUSR2', async () => {
         await tracker.shutdown({ timeoutMs: 0 })
         tracker.trackEvent('alice', 'stuck', { id: 'job-1' }).catch((error) => console.log(error.name))
       })`,
    )
    await arrival(server, ended)
    child.kill('SIGUSR2')
    expect(await ended).toEqual({ code: 0, signal: null, stdout: 'ClosedError\n', stderr: '' })
  })

  test.concurrent('to forget its customer lets the process end', async () => {
    await using server = await serve(hang)
    const { child, ended } = children.run(
      server.url,
      `const tracker = new EventTracker({ onError: () => undefined, attemptTimeoutMs: 10_000 ${outbox} })
       tracker.trackEvent('alice', 'stuck')
       process.once('SIGUSR2', async () => console.log(await tracker.forget('alice')))
       process.on('exit', () => console.log(JSON.stringify(tracker.stats())))`,
    )
    await arrival(server, ended)
    child.kill('SIGUSR2')
    const { code, stdout, stderr } = await ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^1\n.*"dropped":1,"dead":0,"pending":0/)
  })
})

const calls = ["tracker.forget('alice')", "tracker.replay(['1'])", 'tracker.deadLetters()']

/** Makes each call, and catches what it rejects with. */
const caught = calls.map((call) => `await ${call}.catch((error) => console.log(error.name))`).join('\n')

test.concurrent.each([
  ['after a shutdown in memory', 'new EventTracker()', 'ClosedError'],
  ['after a shutdown in a file', 'new EventTracker({ outbox: sqliteOutbox(path) })', 'ClosedError'],
  [
    'on a file that cannot be opened',
    "new EventTracker({ logger: { warn() {}, error() {} }, outbox: sqliteOutbox(path + '/no/such/events.db') })",
    'OutboxError',
  ],
])(
  'what forget, replay and deadLetters reject with %s is the caller’s to catch, and nothing else is',
  async (how, make, name) => {
    await using server = await serve(ok)
    const { ended } = children.run(
      server.url,
      `const tracker = ${make}
     ${how.startsWith('after') ? "await tracker.trackEvent('alice', 'x'); await tracker.shutdown()" : ''}
     ${caught}
     await Promise.allSettled([${calls.join(', ')}])
     await tracker.start()
     console.log('alive')`,
    )
    expect(await ended).toEqual({ code: 0, signal: null, stdout: `${name}\n${name}\n${name}\nalive\n`, stderr: '' })
  },
)
