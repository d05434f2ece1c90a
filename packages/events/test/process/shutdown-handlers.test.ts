import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import { ConfigurationError, EventTracker, installShutdownHandlers } from '../../src/index.ts'
import { type Answer, hang, ok, serve } from '../support/server.ts'

interface End {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
}

const prelude = `
import { EventTracker, installShutdownHandlers } from '${fileURLToPath(new URL('../../src/index.ts', import.meta.url))}'
const tracker = new EventTracker({ onError: () => undefined })
setInterval(() => undefined, 60_000)
`

/** A service that never ends by itself, in a process of its own. */
function service(url: string, program: string) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', prelude + program], {
    env: { PATH: process.env['PATH'], EVENT_TRACKING_AUTH_TOKEN: 'secret', EVENT_TRACKING_BASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stdout = text(child.stdout)
  const ended = once(child, 'exit').then(async ([code, signal]): Promise<End> => ({
    code,
    signal,
    stdout: await stdout,
  }))
  return { child, ended }
}

const slowly: Answer = (...exchange) => setTimeout(() => ok(...exchange), 300)

afterEach(() => {
  vi.unstubAllGlobals()
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s delivers what is pending, then ends the process by that signal',
  async (signal) => {
    await using server = await serve(slowly)
    const { child, ended } = service(
      server.url,
      `installShutdownHandlers(tracker, { timeoutMs: 30_000 })
     for (let n = 0; n < 3; n++) tracker.trackEvent('user123', 'event' + n)`,
    )
    await expect.poll(() => server.arrivals.length).toBeGreaterThan(0)
    child.kill(signal)
    expect(await ended).toMatchObject({ code: null, signal })
    expect(server.log()).toEqual(['user123:event0', 'user123:event1', 'user123:event2'])
  },
)

test('a second signal does not wait', async () => {
  await using server = await serve(hang)
  const { child, ended } = service(
    server.url,
    `installShutdownHandlers(tracker, { timeoutMs: 3_600_000 })
     tracker.trackEvent('user123', 'x')
     process.on('SIGUSR2', () => console.log('alive'))`,
  )
  await expect.poll(() => server.arrivals.length).toBe(1)
  child.kill('SIGTERM')
  // Answered only after the signal before has been handled, and proves that it did not end the process.
  child.kill('SIGUSR2')
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ signal: 'SIGINT' })
})

test('where somebody else listens too, the end is theirs', async () => {
  await using server = await serve(ok)
  const { child, ended } = service(
    server.url,
    `const end = () => { console.log(JSON.stringify(tracker.stats())); process.exit(7) }
     // Later than the tracker has ended.
     const look = () => setTimeout(() => (tracker.stats().pending > 0 ? look() : setTimeout(end, 500)), 10)
     process.on('SIGTERM', look)
     installShutdownHandlers(tracker)
     await tracker.trackEvent('user123', 'x')
     tracker.trackEvent('user123', 'y')
     process.kill(process.pid, 'SIGTERM')`,
  )
  void child
  const { code, stdout } = await ended
  expect(code).toBe(7)
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, delivered: 2 })
})

test('two trackers are both shut down before the process ends', async () => {
  await using server = await serve(slowly)
  const { ended } = service(
    server.url,
    `const other = new EventTracker({ concurrency: 1 })
     for (const each of [tracker, other]) installShutdownHandlers(each, { timeoutMs: 30_000 })
     tracker.trackEvent('a', 'x')
     for (const event of ['1', '2', '3']) other.trackEvent('b', event)
     process.kill(process.pid, 'SIGTERM')`,
  )
  expect(await ended).toMatchObject({ signal: 'SIGTERM' })
  expect(server.log().toSorted()).toEqual(['a:x', 'b:1', 'b:2', 'b:3'])
})

test('once uninstalled, a signal does what it did before', async () => {
  await using server = await serve(hang)
  const { ended } = service(
    server.url,
    `const uninstall = installShutdownHandlers(tracker, { timeoutMs: 3_600_000, signals: ['SIGTERM', 'SIGHUP'] })
     uninstall()
     uninstall()
     tracker.trackEvent('user123', 'x')
     process.kill(process.pid, 'SIGHUP')`,
  )
  expect(await ended).toMatchObject({ signal: 'SIGHUP' })
})

test('without it the SDK touches no signal', () => {
  const before = process.eventNames().filter((name) => String(name).startsWith('SIG'))
  const tracker = new EventTracker({ token: 'secret' })
  expect(process.eventNames().filter((name) => String(name).startsWith('SIG'))).toEqual(before)
  const uninstall = installShutdownHandlers(tracker, { signals: ['SIGUSR2', 'SIGUSR2'] })
  expect(process.listenerCount('SIGUSR2')).toBe(1)
  uninstall()
  expect(process.listenerCount('SIGUSR2')).toBe(0)
})

test('however many trackers have handlers, the process has one listener for each signal and warns of no leak', () => {
  const before = process.listenerCount('SIGUSR2')
  const trackers = Array.from({ length: 20 }, () => new EventTracker({ token: 'secret' }))
  const uninstalls = trackers.map((tracker) => installShutdownHandlers(tracker, { signals: ['SIGUSR2'] }))
  expect(process.listenerCount('SIGUSR2')).toBe(before + 1)
  for (const uninstall of uninstalls.slice(1)) uninstall()
  expect(process.listenerCount('SIGUSR2')).toBe(before + 1)
  uninstalls[0]?.()
  expect(process.listenerCount('SIGUSR2')).toBe(before)
})

test('the first process of a container, which no signal ends by itself, exits with the code of the signal', async () => {
  const listeners = new Map<string, (signal: string) => void>()
  const exit = vi.fn<(code: number) => void>()
  vi.stubGlobal('process', {
    pid: 1,
    on: (signal: string, listener: (signal: string) => void) => listeners.set(signal, listener),
    removeListener: (signal: string) => listeners.delete(signal),
    listenerCount: () => listeners.size,
    exit,
  })
  installShutdownHandlers({ shutdown: async () => undefined }, { signals: ['SIGTERM'] })
  listeners.get('SIGTERM')?.('SIGTERM')
  await expect.poll(() => exit.mock.calls).toEqual([[143]])
})

test.each<[unknown, string]>([
  [{ timeoutMs: -1 }, 'timeoutMs'],
  [{ timeoutMs: '5s' }, 'timeoutMs'],
  [{ timeoutMs: Number.NaN }, 'timeoutMs'],
  [{ signals: [] }, 'signals'],
  [{ signals: 'SIGTERM' }, 'signals'],
  [{ signals: ['exit'] }, 'signals'],
  [{ signals: ['SIGKILL'] }, 'signals'],
  [{ signals: ['SIGINT', 'SIGTREM'] }, 'signals: this system has no signal SIGTREM'],
  [{ timeout: 5 }, 'Unknown option timeout'],
])('wrong options are refused and leave no listener behind: %j', (options, named) => {
  const before = process.eventNames().length
  const tracker = new EventTracker({ token: 'secret' })
  expect(() => installShutdownHandlers(tracker, options as object)).toThrow(ConfigurationError)
  expect(() => installShutdownHandlers(tracker, options as object)).toThrow(named)
  expect(process.eventNames().length).toBe(before)
})

test.each([undefined, null, {}, 'tracker', { shutdown: true }])(
  'what is no tracker is refused at once: %j',
  (given) => {
    expect(() => installShutdownHandlers(given as never)).toThrow(ConfigurationError)
    expect(() => installShutdownHandlers(given as never)).toThrow('needs a tracker')
  },
)

test('options that are null are none', () => {
  const uninstall = installShutdownHandlers({ shutdown: async () => undefined }, null as never)
  expect(process.listenerCount('SIGTERM')).toBeGreaterThan(0)
  uninstall()
})

test('in a worker thread, where no signal arrives, it says so', async () => {
  const entry = new URL('../../src/index.ts', import.meta.url).href
  const program = `
    import { parentPort } from 'node:worker_threads'
    import { EventTracker, installShutdownHandlers } from ${JSON.stringify(entry)}
    try {
      installShutdownHandlers(new EventTracker({ enabled: false }))
      parentPort.postMessage('installed')
    } catch ({ name, message }) {
      parentPort.postMessage(name + ': ' + message)
    }`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
  const [told] = await once(worker, 'message')
  expect(told).toMatch(/^ConfigurationError: installShutdownHandlers needs a process that gets signals/)
  await worker.terminate()
})

test('where there are no signals it says so', () => {
  vi.stubGlobal('process', undefined)
  expect(() => installShutdownHandlers({ shutdown: async () => undefined })).toThrow('needs a process')
})
