import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outbox, OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { readOutbox, sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { migrate, moveOutbox, postgresOutbox, readPostgresOutbox } from '../src/index.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const death = { kind: 'dead', reason: 'refused', attempts: 3, status: 400, detail: 'Bad request' } as const

/** An entry named `customer:event`. */
function entryOf(name: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const customerId = name.slice(0, name.indexOf(':'))
  return { id: name, customerId, operation: 'trackEvent', body: `"${name}"`, acceptedAt: 1_000, ...more }
}

/** A database with the schema, for one test. */
async function database(): Promise<string> {
  const made = await createDatabase()
  onTestFinished(() => made[Symbol.asyncDispose]())
  await migrate(made.url)
  return made.url
}

async function open(url: string): Promise<Outbox> {
  const outbox = postgresOutbox(url)
  onTestFinished(async () => outbox.close())
  return outbox
}

/** A file with entries, of which the first of each customer in `dead` has died. */
async function fileWith(entries: readonly OutboxEntry[], dead: readonly string[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'move-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'events.db')
  const outbox = sqliteOutbox(path)
  await outbox.append(entries)
  await bury(outbox, dead)
  await outbox.close()
  return path
}

async function bury(outbox: Outbox, customers: readonly string[]): Promise<void> {
  const claims = await outbox.claim(1_000, 60_000, 'oldest')
  await outbox.settle(
    claims.map((claim) => [claim, customers.includes(claim.entry.customerId) ? death : { kind: 'release' }]),
  )
}

/** Delivers whatever is due, and tells in which order. */
async function drain(outbox: Outbox): Promise<OutboxEntry[]> {
  const order: OutboxEntry[] = []
  for (;;) {
    const claims = await outbox.claim(100, 60_000, 'oldest')
    if (claims.length === 0) return order
    order.push(...claims.map(({ entry }) => entry))
    await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
  }
}

test('whoever looks into a database is told who waits, the oldest first, beside those who use it', async () => {
  const url = await database()
  const outbox = await open(url)
  await outbox.append(['b:1', 'a:1', 'b:2', 'c:1', 'd:1'].map((name, at) => entryOf(name, { acceptedAt: 5_000 + at })))
  await bury(outbox, ['c'])
  const [claim] = await outbox.claim(1, 60_000, 'oldest')
  const { waiting, ...totals } = await readPostgresOutbox(url, { limit: 2 })
  expect(totals).toEqual({ pending: 4, dead: 1, customers: 3 })
  expect(waiting).toMatchObject([
    {
      customerId: 'b',
      environment: 'test',
      pending: 2,
      oldestAt: 5_000,
      attempts: 0,
      isLent: claim?.entry.id === 'b:1',
    },
    { customerId: 'a', pending: 1, oldestAt: 5_001 },
  ])
  await expect(readPostgresOutbox(url, { schema: 'other' })).rejects.toMatchObject({ problem: 'missing' })
})

test('the oldest customers are found where one customer has all of the oldest events', async () => {
  const url = await database()
  const outbox = await open(url)
  await outbox.append(Array.from({ length: 1_500 }, (_, at) => entryOf(`big:${at}`)))
  await outbox.append(['b:1', 'a:1', 'c:1'].map((name) => entryOf(name)))
  const { waiting } = await readPostgresOutbox(url, { limit: 3 })
  expect(waiting.map(({ customerId, pending }) => [customerId, pending])).toEqual([
    ['big', 1_500],
    ['b', 1],
    ['a', 1],
  ])
  // Whoever looks all the time need not know more of one customer.
  expect(await outbox.waiting?.(2)).toMatchObject([{ customerId: 'big', pending: 1_000 }, { customerId: 'b' }])
})

test('a file is moved in order, with its dead letters, and is empty then', async () => {
  const url = await database()
  const names = Array.from({ length: 1_100 }, (_, at) => `c${at % 7}:${at}`)
  const entries = names.map((name, at) =>
    entryOf(name, { acceptedAt: 5_000 + at, environment: at % 2 ? 'test' : 'production', hasMintedId: at % 3 === 0 }),
  )
  const path = await fileWith(entries, ['c0', 'c1'])
  const amounts: number[] = []
  const moved = await moveOutbox(path, url, { onMoved: ({ pending, dead }) => amounts.push(pending + dead) })
  expect(moved).toEqual({ pending: 1_098, dead: 2, taken: 0, left: 0 })
  expect(amounts.at(-1)).toBe(1_100)
  expect(await readOutbox(path)).toMatchObject({ pending: 0, dead: 0, isOwned: false })
  const outbox = await open(url)
  expect(await outbox.dead(10)).toMatchObject([
    {
      entry: { id: 'c0:0', environment: 'production', acceptedAt: 5_000 },
      reason: 'refused',
      attempts: 3,
      status: 400,
    },
    { entry: { id: 'c1:1', environment: 'test', acceptedAt: 5_001 }, detail: 'Bad request' },
  ])
  const arrived = await drain(outbox)
  for (const customer of ['c0', 'c3', 'c6']) {
    const own = (all: readonly OutboxEntry[]) => all.filter(({ customerId }) => customerId === customer)
    expect(own(arrived).map(({ id }) => id)).toEqual(own(entries.slice(2)).map(({ id }) => id))
  }
  const seventh = { acceptedAt: 5_007, environment: 'test', body: '"c0:7"' }
  expect(arrived.find(({ id }) => id === 'c0:7')).toMatchObject(seventh)
})

test('what was moved before an interruption is not moved again, though it has been delivered meanwhile', async () => {
  const url = await database()
  // A copy is as a file is whose events the database has, and that was not told so.
  const entries = ['a:1', 'a:2', 'b:1', 'dead:1'].map((name, at) => entryOf(name, { hasMintedId: at % 2 === 0 }))
  const [path, copy] = [await fileWith(entries, ['dead']), await fileWith(entries, ['dead'])]
  await moveOutbox(path, url)
  const outbox = await open(url)
  const [first] = await outbox.claim(1, 60_000, 'oldest')
  if (first) await outbox.settle([[first, { kind: 'delivered' }]])
  expect(await moveOutbox(copy, url)).toMatchObject({ pending: 3, dead: 1 })
  expect(await outbox.counts()).toEqual({ pending: 2, dead: 1 })
  expect((await drain(outbox)).map(({ id }) => id).toSorted()).toEqual(['a:2', 'b:1'])
  expect(await readOutbox(copy)).toMatchObject({ pending: 0, dead: 0 })
})

test('an event whose id the database has for another one becomes a dead letter there', async () => {
  const url = await database()
  const outbox = await open(url)
  await outbox.append([entryOf('a:1', { body: '"another"' })])
  const path = await fileWith([entryOf('a:1'), entryOf('a:2')])
  expect(await moveOutbox(path, url)).toEqual({ pending: 1, dead: 0, taken: 1, left: 0 })
  expect(await outbox.dead(10)).toMatchObject([
    { entry: { id: 'a:1', body: '"a:1"' }, detail: expect.stringContaining('another event') as string },
  ])
})

test('what PostgreSQL cannot store stays in the file, and the rest is moved', async () => {
  const url = await database()
  const path = await fileWith([entryOf('a:1'), entryOf('a\0:2'), entryOf('b:1')])
  expect(await moveOutbox(path, url)).toEqual({ pending: 2, dead: 0, taken: 0, left: 1 })
  expect(await readOutbox(path)).toMatchObject({ pending: 1 })
})

test('without a schema nothing leaves the file, and neither does it while a tracker has it open', async () => {
  const made = await createDatabase()
  onTestFinished(() => made[Symbol.asyncDispose]())
  const path = await fileWith([entryOf('a:1')])
  await expect(moveOutbox(path, made.url)).rejects.toMatchObject({ problem: 'missing' })
  await migrate(made.url)
  const owner = sqliteOutbox(path)
  await owner.counts()
  await expect(moveOutbox(path, made.url)).rejects.toMatchObject({ code: 'configuration' })
  await owner.close()
  expect(await moveOutbox(path, made.url)).toMatchObject({ pending: 1 })
})
