import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hang, inTurn, ok, serve, status } from '../support/server.ts'

interface Run {
  code: number
  stdout: string
  stderr: string
}

const source = (name: string): string => fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url))

/** Runs a program in a process of its own, with the environment's token pointing at the server. */
function run(url: string, program: string, env: Record<string, string> = {}): Promise<Run> {
  const script = program
    .replaceAll('@obsidianlaunch/events/sqlite', source('outbox/sqlite/sqlite'))
    .replaceAll('@obsidianlaunch/events', source('index'))
  const environment = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    EVENT_TRACKING_AUTH_TOKEN: 'secret',
    EVENT_TRACKING_BASE_URL: url,
    ...env,
  }
  return new Promise((resolve) => {
    const options = { env: environment, timeout: 60_000 }
    execFile(
      process.execPath,
      ['--input-type=module-typescript', '--eval', script],
      options,
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr })
      },
    )
  })
}

test('events that nobody awaits are delivered before a natural exit, retries and all', async () => {
  await using server = await serve(inTurn(status(503), ok))
  const { code, stderr } = await run(
    server.url,
    `import { identifyCustomer, trackEvent } from '@obsidianlaunch/events'
     identifyCustomer('user123', 'John Doe', 'john@example.com', { plan: 'premium' })
     for (let n = 0; n < 10; n++) trackEvent('user123', 'event' + n)`,
  )
  expect([code, stderr]).toEqual([0, ''])
  expect(server.log().slice(1)).toEqual([
    'user123:identify',
    ...Array.from({ length: 10 }, (_, n) => `user123:event${n}`),
  ])
})

test('after a shutdown against a black hole the process ends', async () => {
  await using server = await serve(hang)
  const { code, stdout } = await run(
    server.url,
    `import { EventTracker } from '@obsidianlaunch/events'
     const tracker = new EventTracker()
     for (let n = 0; n < 100; n++) tracker.trackEvent('user' + n, 'x')
     console.log(JSON.stringify(await tracker.shutdown({ timeoutMs: 100 })))`,
  )
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 100, dropped: 100, pending: 0 })
})

test('the first failure that nobody awaits is one warning, and never an unhandled rejection', async () => {
  await using server = await serve(status(400))
  const { code, stderr } = await run(
    server.url,
    `import { trackEvent } from '@obsidianlaunch/events'
     for (let n = 0; n < 10; n++) trackEvent('user123', 'event' + n)`,
  )
  expect(code).toBe(0)
  expect(stderr.match(/EventTrackingWarning/g)).toHaveLength(1)
  expect(stderr).toContain('Failed to track event: 400 - no')
})

test('failures that are awaited, or that a hook hears, are no warning', async () => {
  await using server = await serve(status(400))
  const { code, stderr } = await run(
    server.url,
    `import { EventTracker, trackEvent } from '@obsidianlaunch/events'
     await trackEvent('user123', 'x').catch(() => {})
     await Promise.allSettled([trackEvent('user123', ''), trackEvent('user123', 'y')])
     new EventTracker({ onError() {} }).trackEvent('user123', 'z')`,
  )
  expect([code, stderr]).toEqual([0, ''])
})

test('without a token the call fails with a sentence that says what to set, and works once it is set', async () => {
  await using server = await serve(ok)
  const { code, stdout } = await run(
    server.url,
    `import { trackEvent } from '@obsidianlaunch/events'
     console.log(await trackEvent('user123', 'x').catch((error) => error.name + ': ' + error.message))
     process.env.EVENT_TRACKING_AUTH_TOKEN = 'late'
     console.log((await trackEvent('user123', 'x')).status)`,
    { EVENT_TRACKING_AUTH_TOKEN: '' },
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ConfigurationError: .*EVENT_TRACKING_AUTH_TOKEN.*\n200\n$/)
})

test('after its shutdown the default tracker is replaced at the next call', async () => {
  await using server = await serve(ok)
  const { stdout } = await run(
    server.url,
    `import { getDefaultTracker, trackEvent } from '@obsidianlaunch/events'
     await trackEvent('user123', 'x')
     await getDefaultTracker().shutdown()
     console.log((await trackEvent('user123', 'y')).status)`,
  )
  expect(stdout).toBe('200\n')
})

test('what waits for its retry in a durable outbox holds no process, and what can be sent is sent before the end', async () => {
  await using server = await serve(inTurn(status(503), ok))
  const folder = await mkdtemp(join(tmpdir(), 'exit-'))
  const outbox = `sqliteOutbox(${JSON.stringify(join(folder, 'events.db'))})`
  const imports = `import { EventTracker } from '@obsidianlaunch/events'
     import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'`
  const first = await run(
    server.url,
    `${imports}
     const backoff = { baseMs: 1e12, capMs: 1e12 }
     const tracker = new EventTracker({ outbox: ${outbox}, backoff, onError: () => undefined })
     tracker.trackEvent('user123', 'waits', { maxDeliveryMs: 10_000 })
     process.on('exit', () => console.log(JSON.stringify(tracker.stats())))`,
  )
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toMatchObject({ accepted: 1, pending: 1 })
  const second = await run(
    server.url,
    `${imports}
     const tracker = new EventTracker({ outbox: ${outbox} })
     tracker.trackEvent('other', 'is sent')
     await tracker.start()`,
  )
  await rm(folder, { recursive: true })
  expect(second).toMatchObject({ code: 0, stderr: '' })
  expect(server.log()).toContain('other:is sent')
})
