import { rmSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import { append, claim, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const fs = createRequire(import.meta.url)('node:fs') as typeof import('node:fs')

afterEach(() => vi.restoreAllMocks())

test('a file that is deleted while an end is recorded costs no event behind it: the end is recorded once', async () => {
  await using files = new OutboxFiles()
  let isDuring = false
  const now = (): number => {
    if (isDuring) rmSync(files.path(), { force: true })
    return Date.now()
  }
  const outbox = files.open({ clock: { now } })
  await append(outbox, 'a:1', 'a:2', 'a:3')
  const [head] = await claim(outbox)
  expect(head?.entry.id).toBe('a:1')
  if (!head) return
  // Both are of one turn, and so of one commit.
  isDuring = true
  const [settled, appended] = await Promise.allSettled([
    outbox.settle([[head, { kind: 'delivered' }]]),
    outbox.append([entryOf('b:1')]),
  ])
  isDuring = false
  expect(settled).toMatchObject({ value: [true] })
  expect(appended).toMatchObject({ reason: { problem: 'moved' } })
  expect((await drain(outbox)).filter((id) => id.startsWith('a'))).toEqual(['a:2', 'a:3'])
})

test('files that are all deleted in the moment in which they are looked at leave a copy of what was stored', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'b:1')
  const { statSync } = fs
  vi.spyOn(fs, 'statSync').mockImplementation((...given: Parameters<typeof statSync>) => {
    // The database was found, and the log is next.
    if (given[0] === files.path('events.db-wal'))
      for (const end of ['', '-wal', '-shm']) rmSync(files.path() + end, { force: true })
    return statSync(...given)
  })
  const error = (await failureOf(append(outbox, 'a:2'))) as Error
  vi.restoreAllMocks()
  expect(error.message).toContain(files.path('events.db-rescued-1'))
  expect(await drain(outbox)).toEqual(['a:1', 'b:1'])
})

test('a log that is cut in the middle while events are stored behind is not taken for sound, and nothing is lost', async () => {
  await using files = new OutboxFiles()
  let isDuring = false
  const now = (): number => {
    if (isDuring) truncateSync(files.path('events.db-wal'), 5_000)
    isDuring = false
    return Date.now()
  }
  const outbox = files.open({ clock: { now } })
  await append(outbox, 'a:1', 'b:1')
  await append(outbox, 'a:2')
  isDuring = true
  expect(await failureOf(append(outbox, 'a:3'))).toMatchObject({ problem: 'moved' })
  await outbox.close()
  expect(await drain(files.open())).toEqual(expect.arrayContaining(['a:1', 'b:1', 'a:2']))
})
