import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Claim, Verdict } from '../../../src/outbox/outbox.ts'
import { readOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { append, claim, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const anHour = 3_600_000

test('it is told who waits, for how long and after how many attempts, the oldest first', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([entryOf('b:1', { acceptedAt: 5_000 }), entryOf('a:1', { acceptedAt: 6_000 }), entryOf('b:2')])
  const [b] = await claim(outbox, 1)
  await outbox.settle([[b as NonNullable<typeof b>, { kind: 'retry', afterMs: anHour }]])
  const dueInMs = expect.toSatisfy((value: number) => value > 0 && value <= anHour + 1_000) as number
  const waiting = [
    { customerId: 'b', environment: 'test', pending: 2, oldestAt: 5_000, attempts: 1, dueInMs },
    { customerId: 'a', environment: 'test', pending: 1, oldestAt: 6_000, attempts: 0, dueInMs: 0 },
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

test('a tracker is told what waits also where many events of one customer stand before all others', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append(Array.from({ length: 1_200 }, (_, at) => entryOf(`a:${at}`)))
  await append(outbox, 'b:1', 'c:1')
  const facts = (await outbox.waiting?.(2))?.map(({ customerId, pending }) => [customerId, pending])
  expect(facts).toEqual([
    ['a', 1_200],
    ['b', 1],
  ])
})

test('what a tracker is told of who waits is true while another program keeps it from being written', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([entryOf('a:1'), entryOf('a:2', { acceptedAt: 2_000 }), entryOf('b:1'), entryOf('c:1')])
  const [a, b, c] = await claim(outbox)
  const holder = new DatabaseSync(files.path())
  holder.exec('BEGIN IMMEDIATE')
  const settle = (each: Claim | undefined, verdict: Verdict) => outbox.settle([[each as Claim, verdict]])
  await Promise.all([
    settle(a, { kind: 'delivered' }),
    settle(b, { kind: 'delivered' }),
    settle(c, { kind: 'retry', afterMs: 60_000 }),
  ])
  const lanes = await outbox.waiting?.(10)
  holder.exec('ROLLBACK')
  holder.close()
  expect(lanes).toMatchObject([
    { customerId: 'a', pending: 1, oldestAt: 2_000, attempts: 0, dueInMs: 0 },
    { customerId: 'c', pending: 1, attempts: 1 },
  ])
})
