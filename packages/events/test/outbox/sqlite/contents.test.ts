import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { append, claim, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

test('it is told who waits, for how long and after how many attempts, the oldest first', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([entryOf('b:1', { acceptedAt: 5_000 }), entryOf('a:1', { acceptedAt: 6_000 }), entryOf('b:2')])
  const [b] = await claim(outbox, 1)
  await outbox.settle([[b as NonNullable<typeof b>, { kind: 'retry', afterMs: 3_600_000 }]])
  const waiting = [
    { customerId: 'b', pending: 2, oldestAt: 5_000, attempts: 1 },
    { customerId: 'a', pending: 1, oldestAt: 6_000, attempts: 0 },
  ]
  const totals = { isOwned: true, pending: 3, dead: 0, customers: 2 }
  expect(await readOutbox(files.path())).toEqual({ ...totals, waiting })
  expect(await readOutbox(files.path(), { limit: 1 })).toEqual({ ...totals, waiting: waiting.slice(0, 1) })
})

test('to look keeps nobody out, and shows when the owner has gone', async () => {
  await using files = new OutboxFiles()
  const first = files.open()
  await append(first, 'a:1')
  expect((await readOutbox(files.path())).isOwned).toBe(true)
  expect(await append(first, 'a:2')).toEqual(['stored'])
  expect(await failureOf(append(files.open({ ownerTimeoutMs: 0 }), 'b:1'))).toMatchObject({ code: 'configuration' })
  await first.close()
  expect(await readOutbox(files.path())).toMatchObject({ isOwned: false, pending: 2 })
  expect(await append(files.open({ ownerTimeoutMs: 0 }), 'b:1')).toEqual(['stored'])
})

test('to look makes and changes no file', async () => {
  await using files = new OutboxFiles()
  expect(await failureOf(readOutbox(files.path()))).toMatchObject({ name: 'OutboxError', problem: 'missing' })
  expect(readdirSync(files.directory)).toEqual([])
  writeFileSync(files.path('notes.txt'), 'No database, but notes that somebody wrote.\n')
  expect(await failureOf(readOutbox(files.path('notes.txt')))).toMatchObject({ problem: 'not-an-outbox' })
  expect(readdirSync(files.directory)).toEqual(['notes.txt'])
  expect(readFileSync(files.path('notes.txt'), 'utf8')).toBe('No database, but notes that somebody wrote.\n')
})

test('an impossible path or limit is told', async () => {
  expect(await failureOf(readOutbox(':memory:'))).toMatchObject({ code: 'configuration' })
  expect(await failureOf(readOutbox('events.db', { limit: -1 }))).toMatchObject({ code: 'configuration' })
})
