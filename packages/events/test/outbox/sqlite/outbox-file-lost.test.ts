import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { OutboxError } from '../../../src/errors/errors.ts'
import { append, claim, delivered, drain, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

/** Opens, reads and closes a database in a process of its own. */
function readElsewhere(path: string): string {
  const script = `
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const db = new DatabaseSync(process.argv[1])
    console.log(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get().busy)
    db.close()`
  return execFileSync(process.execPath, ['-e', script, path], { encoding: 'utf8' }).trim()
}

/** Does what `sqlite3 <path> '.backup …'` of a common version does where it sees no lock: it tidies up as the last one. */
function backUpElsewhere(path: string): void {
  const script = `
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const db = new DatabaseSync(process.argv[1])
    db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
    for (const end of ['-wal', '-shm']) process.getBuiltinModule('node:fs').unlinkSync(process.argv[1] + end)`
  execFileSync(process.execPath, ['-e', script, path])
}

const losses: Record<string, (files: OutboxFiles) => void> = {
  'a copy within the process, and then a backup by another one': (files) => {
    copyFileSync(files.path(), files.path('copy.db'))
    backUpElsewhere(files.path())
  },
  'rm of the log': (files) => rmSync(files.path('events.db-wal')),
  'a log cut to nothing': (files) => truncateSync(files.path('events.db-wal')),
  'a log cut in the middle': (files) => truncateSync(files.path('events.db-wal'), 5_000),
  'a log moved away': (files) => renameSync(files.path('events.db-wal'), files.path('elsewhere')),
  'rm of the index beside the log': (files) => rmSync(files.path('events.db-shm')),
}

/** The time after which the folder of a file that was opened is believed when it says that nothing has changed. */
const restMs = 700
const rests = { 'just opened': 0, 'at rest': restMs }
const lossesAtRest = Object.keys(losses).flatMap((how) =>
  Object.entries(rests).map(([when, ms]) => [how, when, ms] as const),
)

test.each(lossesAtRest)(
  'what was acknowledged outlives %s (%s), and nothing more is acknowledged',
  async (how, _, ms) => {
    await using files = new OutboxFiles()
    const outbox = files.open()
    await append(outbox, 'a:1', 'b:1')
    await sleep(ms)
    await append(outbox, 'a:2')
    losses[how]?.(files)
    const error = (await failureOf(append(outbox, 'a:3'))) as OutboxError
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'moved', retryable: false })
    expect(error.message).toMatch(/events\.db-(wal|shm) .*Restart this process/)
    expect(await failureOf(append(outbox, 'a:4'))).toMatchObject({ problem: 'moved' })
    // Delivered from here on, it would be sent again after the restart.
    expect(await failureOf(claim(outbox))).toMatchObject({ problem: 'moved' })
    await outbox.close()
    expect(await drain(files.open())).toEqual(['a:1', 'b:1', 'a:2'])
    expect(readdirSync(files.directory).filter((name) => name.includes('rescued'))).toEqual([])
  },
)

test('what was acknowledged is in a copy where somebody has put another log in its place', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  copyFileSync(files.path('events.db-wal'), files.path('old-wal'))
  await append(outbox, 'a:2', 'b:1')
  renameSync(files.path('old-wal'), files.path('events.db-wal'))
  const error = (await failureOf(append(outbox, 'a:3'))) as OutboxError
  expect(error).toMatchObject({ problem: 'moved' })
  expect(error.message).toContain(files.path('events.db-rescued-1'))
  await outbox.close()
  // The log of the other one is not touched.
  expect(await drain(files.open())).toEqual(['a:1'])
  expect(await drain(files.open({}, 'events.db-rescued-1'))).toEqual(['a:1', 'b:1', 'a:2'])
})

test('what was acknowledged outlives a lost log also where the process ends without another call', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  truncateSync(files.path('events.db-wal'))
  await outbox.close()
  expect(await drain(files.open())).toEqual(['a:1'])
})

test.each([
  ['deleted', 'just opened', 0],
  ['replaced', 'just opened', 0],
  ['deleted', 'at rest', restMs],
  ['replaced', 'at rest', restMs],
])('an outbox that is %s (%s) leaves a copy of what was pending, named in the error', async (how, _, ms) => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'b:1')
  await sleep(ms)
  await append(outbox, 'a:2')
  const [first] = await claim(outbox, 1)
  await delivered(outbox, first as NonNullable<typeof first>)
  for (const end of ['', '-wal', '-shm']) rmSync(files.path() + end)
  if (how === 'replaced') writeFileSync(files.path(), '')
  const error = (await failureOf(append(outbox, 'a:3'))) as OutboxError
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'moved' })
  expect(error.message).toContain(files.path('events.db-rescued-1'))
  expect(statSync(files.path('events.db-rescued-1')).mode & 0o777).toBe(0o600)
  copyFileSync(files.path('events.db-rescued-1'), files.path('seen.db'))
  expect(await drain(files.open({}, 'seen.db'))).toEqual(['b:1', 'a:2'])
  // Meanwhile the process delivers what it has: the copy follows, and goes when nothing is left.
  const [second] = await claim(outbox, 1)
  await delivered(outbox, second as NonNullable<typeof second>)
  await outbox.close()
  expect(await drain(files.open({}, 'events.db-rescued-1'))).toEqual(['a:2'])
})

test('an outbox whose directory is gone delivers what it has, and says that a restart before that loses it', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'a:2')
  rmSync(files.directory, { recursive: true })
  const error = (await failureOf(append(outbox, 'a:3'))) as OutboxError
  expect(error).toMatchObject({ problem: 'moved', cause: { code: 'ENOENT' } })
  expect(error.message).toContain('let this process deliver it first, else it is lost')
  expect(await drain(outbox)).toEqual(['a:1', 'a:2'])
})

test('a copy of what was pending goes once all of it is delivered', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'b:1')
  for (const end of ['', '-wal', '-shm']) rmSync(files.path() + end)
  await failureOf(append(outbox, 'a:3'))
  expect(await drain(outbox)).toEqual(['a:1', 'b:1'])
  await outbox.close()
  expect(readdirSync(files.directory).filter((name) => name.includes('rescued'))).toEqual([])
})

test('a second lost outbox does not write over the copy of the first', async () => {
  await using files = new OutboxFiles()
  for (const number of [1, 2]) {
    const outbox = files.open()
    await append(outbox, `a:${number}`)
    for (const end of ['', '-wal', '-shm', '-owner']) rmSync(files.path() + end)
    expect(((await failureOf(append(outbox, 'a:9'))) as Error).message).toContain(`events.db-rescued-${number}`)
  }
  for (const number of [1, 2]) {
    expect(await drain(files.open({}, `events.db-rescued-${number}`))).toEqual([`a:${number}`])
  }
})

test('a program that only reads, and empties the log as SQLite lets it, does not end an outbox', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  expect(readElsewhere(files.path())).toBe('0')
  expect(readFileSync(files.path('events.db-wal')).length).toBe(0)
  expect(await append(outbox, 'a:2')).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(['a:1', 'a:2'])
})
