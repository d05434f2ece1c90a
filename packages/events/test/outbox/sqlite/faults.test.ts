import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { append, claim, delivered, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { isRoot, SmallDisk } from '../../support/small-disk.ts'

/** Appends until it is refused. @returns what was acknowledged, and the error */
async function fill(outbox: ReturnType<OutboxFiles['open']>, bytes: number) {
  const stored: string[] = []
  for (let index = 0; ; index++) {
    const name = `c${index % 7}:${index}`
    try {
      await outbox.append([entryOf(name, { body: `"${'x'.repeat(bytes)}"` })])
      stored.push(name)
    } catch (error) {
      return { stored, error }
    }
  }
}

test('a file at maxBytes refuses what is new, and still delivers what it has', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 500_000 })
  const { stored, error } = await fill(outbox, 1_900)
  expect(error).toMatchObject({ name: 'OutboxError', code: 'outbox', problem: 'full', retryable: true })
  expect((error as Error).message).toMatch(/events\.db has no space left.*maxBytes.*Free some space/)
  expect(stored.length).toBeGreaterThan(150)
  expect(statSync(files.path()).size).toBeLessThanOrEqual(500_000)
  // One that is refused takes nobody with it.
  const [first] = await claim(outbox, 1)
  const refused = failureOf(outbox.append([entryOf('z:1', { body: 'x'.repeat(100_000) })]))
  expect(await delivered(outbox, ...(first ? [first] : []))).toEqual([true])
  expect(await refused).toMatchObject({ problem: 'full' })
  expect((await drain(outbox)).length).toBe(stored.length - 1)
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
})

test('an event that was added before its customer was erased is erased, also where a call beside them is refused', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 500_000 })
  await append(outbox, 'b:1')
  const added = outbox.append([entryOf('a:1')])
  const refused = failureOf(outbox.append([entryOf('z:1', { body: 'x'.repeat(600_000) })]))
  const erased = outbox.forget('a')
  expect(await refused).toMatchObject({ problem: 'full' })
  expect([await added, await erased]).toEqual([['stored'], { pending: 1, dead: 0 }])
  expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
})

test('an event that was added before it is taken out is taken out, also where a call beside them is refused', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 500_000 })
  const added = outbox.append([entryOf('a:1')])
  const refused = failureOf(outbox.append([entryOf('z:1', { body: 'x'.repeat(600_000) })]))
  const removed = outbox.remove(entryOf('a:1'))
  expect(await refused).toMatchObject({ problem: 'full' })
  expect([await added, await removed]).toEqual([['stored'], true])
  expect(await outbox.counts()).toEqual({ pending: 0, dead: 0 })
})

test('ids of delivered events make space for new events', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 300_000 })
  for (let round = 0; round < 60; round++) {
    const names = Array.from({ length: 100 }, (_, index) => `c${index}:${round}-${index}-${'i'.repeat(30)}`)
    expect(new Set(await append(outbox, ...names))).toEqual(new Set(['stored']))
    expect((await drain(outbox)).length).toBe(100)
  }
})

test.runIf(isRoot)('a full disk refuses what is new, keeps what it has, and recovers by itself', async ({ skip }) => {
  await using disk = new SmallDisk()
  if (!disk.mount()) skip('this machine does not let us mount a disk')
  const outbox = disk.open()
  await append(outbox, 'a:1', 'a:2')
  disk.fill()
  const { stored, error } = await fill(outbox, 2_000)
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'full', retryable: true })
  expect((await outbox.counts()).pending).toBe(2 + stored.length)
  expect((await claim(outbox)).length).toBeGreaterThan(0)
  disk.makeRoom()
  expect(await append(outbox, 'b:1')).toEqual(['stored'])
  await outbox.close()
  const next = disk.open()
  expect((await drain(next)).length).toBe(stored.length + 3)
})

test.runIf(isRoot)('what was sent while a disk was full is not sent again once there is space', async ({ skip }) => {
  await using disk = new SmallDisk()
  if (!disk.mount()) skip('this machine does not let us mount a disk')
  const time = { ms: 1_000_000 }
  const outbox = disk.open({ clock: { now: () => time.ms } })
  await append(outbox, 'a:1', 'b:1', 'a:2')
  const claims = await claim(outbox)
  disk.fill()
  expect(await delivered(outbox, ...claims)).toEqual([true, true])
  const large = entryOf('c:1', { body: 'x'.repeat(500_000) })
  expect(await failureOf(outbox.append([large]))).toMatchObject({ name: 'OutboxError', problem: 'full' })
  time.ms += 600_000
  const [next] = await claim(outbox)
  expect(next?.entry.id).toBe('a:2')
  expect(await outbox.dueInMs()).toBeLessThanOrEqual(1_000)
  disk.makeRoom()
  expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
  expect(await delivered(outbox, ...(next ? [next] : []))).toEqual([true])
  await outbox.close()
  expect(await drain(disk.open())).toEqual([])
})

test.runIf(isRoot)(
  'after a crash and with a clock that was set back, a full disk is opened and delivers what it has',
  async ({ skip }) => {
    await using files = new OutboxFiles()
    await using disk = new SmallDisk()
    if (!disk.mount()) skip('this machine does not let us mount a disk')
    const now = 1_700_000_000_000
    const outbox = files.open({ clock: { now: () => now } })
    await append(outbox, 'a:1', 'b:1')
    const [first] = await claim(outbox, 1)
    if (first) await outbox.settle([[first, { kind: 'retry', afterMs: 30_000 }]])
    execFileSync('sh', ['-c', `cp ${files.path()}* ${disk.directory}`])
    disk.fill()
    const next = disk.open({ clock: { now: () => now - 3_600_000 } })
    expect(await next.counts()).toEqual({ pending: 2, dead: 0 })
    expect((await claim(next)).map(({ entry }) => entry.id)).toEqual(['b:1'])
  },
)

test('a place that cannot be written is told, and works once it can', async ({ skip }) => {
  await using disk = isRoot ? new SmallDisk() : new OutboxFiles()
  if (disk instanceof SmallDisk && !disk.mount()) skip('this machine does not let us mount a disk')
  const protect = (how: 'ro' | 'rw') =>
    disk instanceof SmallDisk ? disk.remount(how) : chmodSync(disk.directory, how === 'ro' ? 0o500 : 0o700)
  protect('ro')
  const outbox = disk.open()
  const error = await failureOf(append(outbox, 'a:1'))
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'read-only', retryable: false })
  expect((error as Error).message).toMatch(/cannot be written: give this process the right/)
  protect('rw')
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
})

test('a missing directory is told, and works once it is there', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({}, 'data/events.db')
  const error = await failureOf(append(outbox, 'a:1'))
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'missing' })
  expect((error as Error).message).toMatch(/create its directory/)
  mkdirSync(files.path('data'))
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
})

test('a directory in the place of the file is told', async () => {
  await using files = new OutboxFiles()
  mkdirSync(files.path())
  expect(await failureOf(append(files.open(), 'a:1'))).toMatchObject({ problem: 'missing' })
})

test('a file that is no database is told and left as it is', async () => {
  await using files = new OutboxFiles()
  const text = 'Dear diary, '.repeat(1_000)
  writeFileSync(files.path(), text)
  const error = await failureOf(append(files.open(), 'a:1'))
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'not-an-outbox' })
  expect((error as Error).message).toMatch(/choose another path/)
  expect(readFileSync(files.path(), 'utf8')).toBe(text)
})

test('the database of another program is told and left as it is', async () => {
  await using files = new OutboxFiles()
  const other = new DatabaseSync(files.path())
  other.exec('CREATE TABLE invoice (number INTEGER)')
  other.close()
  const before = readFileSync(files.path())
  expect(await failureOf(append(files.open(), 'a:1'))).toMatchObject({ problem: 'not-an-outbox' })
  expect(readFileSync(files.path()).equals(before)).toBe(true)
})

test('a damaged page is told, and the process lives', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append(Array.from({ length: 200 }, (_, index) => entryOf(`c${index}:1`, { body: 'x'.repeat(1_000) })))
  await outbox.close()
  const { size } = statSync(files.path())
  const file = openSync(files.path(), 'r+')
  for (let at = Math.floor(size / 8_192) * 4_096; at < size - 8_192; at += 4_096)
    writeSync(file, '\x7f'.repeat(4_096), at)
  closeSync(file)
  const damaged = files.open()
  const error = await failureOf(drain(damaged))
  expect(error).toMatchObject({ name: 'OutboxError', problem: 'corrupt', retryable: false })
  expect((error as Error).message).toMatch(/is damaged.*keep a copy.*recover/)
  expect((await failureOf(drain(damaged))) as object).toMatchObject({ problem: 'corrupt' })
})

test.each(['deleted', 'replaced', 'taken away with its directory'])(
  'a file that is %s under a running process takes nothing new, and what it had is delivered',
  async (how) => {
    await using files = new OutboxFiles()
    mkdirSync(files.path('data'))
    const outbox = files.open({}, 'data/events.db')
    await append(outbox, 'a:1', 'a:2', 'b:1')
    const path = files.path('data/events.db')
    if (how === 'taken away with its directory') renameSync(dirname(path), files.path('elsewhere'))
    else for (const end of ['', '-wal', '-shm']) rmSync(path + end)
    if (how === 'replaced') writeFileSync(path, '')
    const error = await failureOf(append(outbox, 'a:3'))
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'moved' })
    expect((error as Error).message).toMatch(/deleted or replaced while it was in use.*Restart/)
    expect(await drain(outbox)).toEqual(['a:1', 'b:1', 'a:2'])
  },
)

test('an owner whose files were deleted does not disturb the one that came after it', async () => {
  await using files = new OutboxFiles()
  const old = files.open()
  await append(old, 'a:1')
  for (const end of ['', '-wal', '-shm', '-owner']) rmSync(files.path() + end)
  const fresh = files.open()
  await append(fresh, 'b:1')
  expect(await failureOf(old.close())).toMatchObject({ problem: 'moved' })
  await append(fresh, 'b:2')
  await fresh.close()
  expect(await drain(files.open())).toEqual(['b:1', 'b:2'])
})

test('an entry that cannot be stored takes nobody of its turn with it', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const good = append(outbox, 'a:1')
  const bad = failureOf(outbox.append([entryOf('a:2', { body: null as never })]))
  const alsoGood = append(outbox, 'a:3')
  expect(await good).toEqual(['stored'])
  expect(await bad).toMatchObject({ name: 'OutboxError' })
  expect(await alsoGood).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(['a:1', 'a:3'])
})
