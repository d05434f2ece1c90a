import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { append, claim, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const holder = `
  import { sqliteOutbox } from ${JSON.stringify(new URL('../../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)}
  const outbox = sqliteOutbox(process.argv[1])
  await outbox.append([{ id: 'a:1', customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: 1 }])
  console.log('stored')
  setInterval(() => undefined, 1_000)
`

const closer = `
  import { sqliteOutbox } from ${JSON.stringify(new URL('../../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)}
  const outbox = sqliteOutbox(process.argv[1], { ownerTimeoutMs: 600_000 })
  const asked = outbox.counts().catch(({ name }) => name)
  setTimeout(async () => {
    await outbox.close()
    const left = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')
    console.log(await asked, JSON.stringify(left))
  }, 20)
`

/** Another process that owns the outbox until it is killed. */
async function hold(path: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('a second owner is refused with a sentence that says what to do', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  const second = files.open({ ownerTimeoutMs: 60 })
  const error = await failureOf(append(second, 'b:1'))
  expect(error).toMatchObject({ name: 'ConfigurationError', code: 'configuration' })
  expect((error as Error).message).toMatch(
    /in use by another tracker.*within 60 ms \(ownerTimeoutMs\).*file of its own/,
  )
  expect(await append(first, 'a:2')).toEqual(['stored'])
  expect(await drain(first)).toEqual(['a:1', 'a:2'])
})

test('another name of the same file is the same outbox', async () => {
  await using files = new OutboxFiles()
  await append(files.open(), 'a:1')
  symlinkSync(files.path(), files.path('link.db'))
  const error = await failureOf(append(files.open({ ownerTimeoutMs: 0 }, 'link.db'), 'b:1'))
  expect(error).toMatchObject({ name: 'ConfigurationError' })
})

test('a new owner waits until the old one gives the file up', async () => {
  await using files = new OutboxFiles()
  const old = files.open()
  await append(old, 'a:1')
  const next = append(files.open(), 'a:2')
  await old.close()
  expect(await next).toEqual(['stored'])
})

test.each([0, 120])('to close one that has waited for %d ms ends the wait, and what was asked before', async (ms) => {
  await using files = new OutboxFiles()
  const owner = files.open()
  await append(owner, 'a:1')
  const waiting = files.open({ ownerTimeoutMs: 600_000 })
  const asked = Promise.all([failureOf(append(waiting, 'b:1')), failureOf(waiting.counts())])
  if (ms > 0) await new Promise((passed) => setTimeout(passed, ms))
  await waiting.close()
  for (const error of await asked) expect(error).toMatchObject({ name: 'ClosedError', code: 'closed' })
  expect(await append(owner, 'a:2')).toEqual(['stored'])
  await owner.close()
  expect(await drain(files.open({ ownerTimeoutMs: 0 }))).toEqual(['a:1', 'a:2'])
})

test('a process that closes its outbox while another owns the file ends by itself', async () => {
  await using files = new OutboxFiles()
  await append(files.open(), 'a:1')
  const child = spawn(process.execPath, ['--input-type=module', '-e', closer, files.path()], { stdio: 'pipe' })
  const [printed, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  // A timer of the wait would be named here, and would keep the process.
  expect([printed, complaint]).toEqual(['ClosedError []\n', ''])
})

test('an owner that is killed leaves the file to the next one, leases and all', async () => {
  await using files = new OutboxFiles()
  const other = await hold(files.path())
  const outbox = files.open({ ownerTimeoutMs: 0 })
  expect(await failureOf(claim(outbox))).toMatchObject({ name: 'ConfigurationError' })
  await other.kill()
  expect(await drain(files.open())).toEqual(['a:1'])
})

test('reading beside an owner lists and counts, and changes nothing', async () => {
  await using files = new OutboxFiles()
  const owner = files.open()
  await append(owner, 'a:1', 'b:1')
  const [first] = await claim(owner)
  await owner.settle([[first as NonNullable<typeof first>, { kind: 'dead', reason: 'refused', attempts: 1 }]])
  const reader = files.open({ readOnly: true })
  expect(await reader.counts()).toEqual({ pending: 1, dead: 1 })
  expect(await reader.dead(10)).toMatchObject([{ entry: { id: 'a:1' }, reason: 'refused' }])
  for (const call of [append(reader, 'c:1'), claim(reader), reader.replay(['1']), reader.forget('a')]) {
    const error = await failureOf(call)
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'read-only' })
    expect((error as Error).message).toMatch(/opened with readOnly.*end the process that owns it/)
  }
  await append(owner, 'c:1')
  expect(await reader.counts()).toEqual({ pending: 2, dead: 1 })
})

test('reading what is not there says so and makes nothing', async () => {
  await using files = new OutboxFiles()
  expect(await failureOf(files.open({ readOnly: true }).counts())).toMatchObject({ problem: 'missing' })
  expect(await append(files.open(), 'a:1')).toEqual(['stored'])
})

test('a process that has an outbox prints nothing and ends by itself', async () => {
  await using files = new OutboxFiles()
  const script = holder.replace(/setInterval.*/, '')
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, files.path()], { stdio: 'pipe' })
  const printed: string[] = []
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  expect(await once(child, 'close')).toEqual([0, null])
  expect(printed.join('')).toBe('')
})
