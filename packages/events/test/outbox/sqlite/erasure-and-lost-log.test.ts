import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Outbox } from '../../../src/outbox/outbox.ts'
import { append, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { hold } from '../../support/other-owner.ts'

/** Another process that reads the database at `path` until it is ended, so that its log cannot be emptied. */
async function readElsewhere(path: string): Promise<() => Promise<void>> {
  const script = `
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const db = new DatabaseSync(process.argv[1], { readOnly: true })
    db.exec('BEGIN')
    db.prepare('SELECT count(*) FROM event').get()
    console.log('ready')
    setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  return async () => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

const before = ['a:1', ...Array.from({ length: 50 }, (_, index) => `a:${index + 2}`)]
const after = Array.from({ length: 20 }, (_, index) => `b:${index}`)

/** Stores events, of which those after the first cannot be moved out of the log, and takes that log away. */
async function loseLogWhileRead(files: OutboxFiles, outbox: Outbox): Promise<() => Promise<void>> {
  await append(outbox, ...before.slice(0, 1))
  const end = await readElsewhere(files.path())
  await append(outbox, ...before.slice(1))
  await outbox.forget('z')
  for (const name of ['-wal', '-shm', '-owner']) rmSync(files.path() + name)
  return end
}

test('an outbox that loses its log while somebody reads it is sound, and has all that was acknowledged', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const end = await loseLogWhileRead(files, outbox)
  expect(await failureOf(append(outbox, 'a:99'))).toMatchObject({ problem: 'moved' })
  const other = await hold(files.path(), ...after)
  await other.close()
  await end()
  await outbox.close()
  expect((await drain(files.open())).toSorted()).toEqual([...before, ...after].toSorted())
})

test('an erasure that goes on after its log was lost writes nothing over what a later owner stores', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const end = await loseLogWhileRead(files, outbox)
  const { ino } = statSync(files.path())
  // It is tried again by itself, and finds out.
  await expect.poll(() => statSync(files.path()).ino).not.toBe(ino)
  const other = await hold(files.path(), ...after)
  await other.close()
  await end()
  await sleep(2_500)
  await outbox.close()
  expect((await drain(files.open())).toSorted()).toEqual([...before, ...after].toSorted())
})
