import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OutboxFiles } from '../../support/outbox-files.ts'
import { inTurn, ok, serve, status } from '../../support/server.ts'

const source = (name: string): string => fileURLToPath(new URL(`../../../src/${name}.ts`, import.meta.url))

/** Runs a program in a process of its own, which has the path of an outbox. */
async function run(files: OutboxFiles, url: string, program: string, flags: readonly string[] = []) {
  const script = `
    import { EventTracker, installShutdownHandlers } from '${source('index')}'
    import { sqliteThreadOutbox } from '${source('outbox/sqlite-thread/sqlite-thread')}'
    const path = ${JSON.stringify(files.path())}
    ${program}`
  const child = spawn(process.execPath, [...flags, '--input-type=module-typescript', '--eval', script], {
    env: { PATH: process.env['PATH'], EVENT_TRACKING_AUTH_TOKEN: 'secret', EVENT_TRACKING_BASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, stdout, stderr }
}

test('events that nobody awaits are delivered before a natural exit, which the thread then does not delay', async () => {
  await using files = new OutboxFiles()
  await using server = await serve(inTurn(status(503), ok))
  const end = await run(
    files,
    server.url,
    `const tracker = new EventTracker({ outbox: sqliteThreadOutbox(path), backoff: { baseMs: 1, capMs: 10 } })
     for (let n = 0; n < 10; n++) tracker.trackEvent('user123', 'event' + n)`,
  )
  expect(end).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(server.log().slice(1)).toEqual(Array.from({ length: 10 }, (_, n) => `user123:event${n}`))
})

test('an outbox that is open and asked nothing holds no process', async () => {
  await using files = new OutboxFiles()
  const program = "console.log(await sqliteThreadOutbox(path).counts()); process.on('exit', () => console.log('bye'))"
  expect(await run(files, 'http://127.0.0.1:9', program)).toEqual({
    code: 0,
    stdout: '{ pending: 0, dead: 0 }\nbye\n',
    stderr: '',
  })
})

test('a tracker that is shut down has ended its thread, and its process ends', async () => {
  await using files = new OutboxFiles()
  await using server = await serve(ok)
  const end = await run(
    files,
    server.url,
    `const tracker = new EventTracker({ outbox: sqliteThreadOutbox(path) })
     await tracker.trackEvent('user123', 'button_click')
     console.log(JSON.stringify(await tracker.shutdown({ timeoutMs: 5_000 })))`,
  )
  expect(end).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(end.stdout)).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
})

test('where no thread may be started, each call says so', async () => {
  await using files = new OutboxFiles()
  const program = `
    const outbox = sqliteThreadOutbox(path)
    for (let n = 0; n < 2; n++) await outbox.counts().catch(({ code, message }) => console.log(code, message))
    await outbox.close()`
  const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*']
  const { code, stdout } = await run(files, 'http://127.0.0.1:9', program, flags)
  expect(code).toBe(0)
  expect(stdout.match(/^configuration sqliteThreadOutbox could not start its thread: .*allow threads/gm)).toHaveLength(
    2,
  )
})
