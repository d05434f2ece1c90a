import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { append, claim, delivered, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'
import { isRoot, SmallDisk } from '../../support/small-disk.ts'

/** The outbox as a crash at this moment would leave it: copied by another process, which drops no lock of this one. */
function crashed(files: OutboxFiles): ReturnType<OutboxFiles['open']> {
  execFileSync('sh', ['-c', 'for end in "" -wal; do cp events.db$end crashed.db$end; done'], { cwd: files.directory })
  return files.open({}, 'crashed.db')
}

/** Another program that writes to the file, until it is closed. */
function otherProgram(files: OutboxFiles): DatabaseSync {
  const db = new DatabaseSync(files.path())
  db.exec('BEGIN IMMEDIATE')
  return db
}

function customers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `c${index}:1`)
}

test('an id whose delivery is noted in the turn in which it is given again is known, while others are still to be written', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, ...customers(1_500))
  const other = otherProgram(files)
  const heads = await claim(outbox, 1_500)
  const last = heads.at(-1)
  expect(await delivered(outbox, ...heads.slice(0, -1))).toHaveLength(1_499)
  other.close()
  const recorded = delivered(outbox, ...(last ? [last] : []))
  expect(await append(outbox, last?.entry.id ?? '')).toEqual(['done'])
  expect(await outbox.append([entryOf('c0:1', { body: '"other"' })])).toEqual(['taken'])
  expect(await recorded).toEqual([true])
  expect(await drain(outbox)).toEqual([])
})

test.runIf(isRoot)('on a full disk nobody is told that an event is pending which has left', async ({ skip }) => {
  await using disk = new SmallDisk()
  if (!disk.mount()) skip('this machine does not let us mount a disk')
  const outbox = disk.open()
  await append(outbox, 'a:1')
  const heads = await claim(outbox)
  disk.fill()
  const recorded = delivered(outbox, ...heads)
  const again = failureOf(append(outbox, 'a:1'))
  expect(await recorded).toEqual([true])
  expect(await again).toMatchObject({ problem: 'full' })
  disk.makeRoom()
  expect(await append(outbox, 'a:1')).toEqual(['done'])
})

test('an outbox that has noted all that it can in memory is asked again after a while, not at once', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, ...customers(5_001))
  using other = otherProgram(files)
  await delivered(outbox, ...(await claim(outbox, 5_000)))
  expect(await claim(outbox)).toEqual([])
  expect(await outbox.dueInMs()).toBeGreaterThan(0)
  other.close()
  await append(outbox, 'z:1')
  expect(await drain(outbox)).toEqual(['c5000:1', 'z:1'])
})

test('however many calls come while another program holds the file, each is answered', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1')
  const other = otherProgram(files)
  const first = failureOf(append(outbox, 'a:2'))
  for (let count = 0; count < 5; count++) await turn()
  const later = Array.from({ length: 200_000 }, () => failureOf(append(outbox)))
  expect(await first).toMatchObject({ problem: 'busy' })
  expect((await Promise.all(later)).length).toBe(200_000)
  other.close()
})

test('an event that is too large for maxBytes keeps no delivery from being noted in the file, while another program reads it', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 300_000 })
  await append(outbox, 'a:1')
  const reader = new DatabaseSync(files.path())
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM event').get()
  await append(outbox, 'a:2', 'b:1')
  const heads = await claim(outbox)
  expect(await failureOf(outbox.append([entryOf('z:1', { body: 'x'.repeat(400_000) })]))).toMatchObject({
    problem: 'full',
  })
  expect(await delivered(outbox, ...heads)).toEqual([true, true])
  expect(await drain(crashed(files))).toEqual(['a:2'])
  expect(await append(outbox, 'c:1')).toEqual(['stored'])
  reader.close()
})
