import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { OutboxEntry } from '../../../src/event/event.ts'
import type { DeadLetter } from '../../../src/outbox/outbox.ts'
import { drainOutbox, type OutboxTaker, readOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { append, claim, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const death = { kind: 'dead', reason: 'refused', attempts: 3, status: 400, detail: 'Bad request' } as const

/** Takes all that `takes` says, and remembers what it was given. */
function taker(takes: (entry: OutboxEntry) => boolean = () => true) {
  const entries: OutboxEntry[] = []
  const letters: DeadLetter[] = []
  const taking: OutboxTaker = {
    pending: async (given) => {
      entries.push(...given)
      return given.map(takes)
    },
    dead: async (given) => {
      letters.push(...given)
      return given.map(({ entry }) => takes(entry))
    },
  }
  return { taking, entries, letters }
}

test('a file hands over all that it keeps, in order and as it was stored, and is empty then', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const names = Array.from({ length: 1_200 }, (_, at) => `c${at % 7}:${at}`)
  await outbox.append(names.map((name, at) => entryOf(name, { acceptedAt: 5_000 + at, hasMintedId: at % 2 === 0 })))
  const [first] = await claim(outbox, 1)
  await outbox.settle([[first as NonNullable<typeof first>, death]])
  await outbox.close()
  const { taking, entries, letters } = taker()
  await drainOutbox(files.path(), taking)
  expect(entries.map(({ id }) => id)).toEqual(names.slice(1))
  expect(entries[41]).toEqual(entryOf('c0:42', { acceptedAt: 5_042, hasMintedId: true, environment: 'test' }))
  expect(letters).toMatchObject([{ entry: { id: 'c0:0' }, reason: 'refused', attempts: 3, status: 400 }])
  expect(await readOutbox(files.path())).toMatchObject({ pending: 0, dead: 0, customers: 0, isOwned: false })
})

test('what was not taken stays in its place, and so does everything where the taker fails', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'b:1', 'a:2', 'a:3', 'b:2')
  await outbox.close()
  const failing: OutboxTaker = { pending: () => Promise.reject(new Error('gone')), dead: async () => [] }
  expect(await failureOf(drainOutbox(files.path(), failing))).toMatchObject({ message: 'gone' })
  expect(await readOutbox(files.path())).toMatchObject({ pending: 5, isOwned: false })
  await drainOutbox(files.path(), taker(({ id }) => id !== 'a:2').taking)
  const left = taker()
  await drainOutbox(files.path(), left.taking)
  expect(left.entries.map(({ id }) => id)).toEqual(['a:2'])
})

test('a signal ends it before the next entries are handed over', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append(Array.from({ length: 1_200 }, (_, at) => entryOf(`a:${at}`)))
  await outbox.close()
  const stop = new AbortController()
  const { taking, entries } = taker((entry) => {
    if (entry.id === 'a:499') stop.abort()
    return true
  })
  expect(await failureOf(drainOutbox(files.path(), { ...taking, signal: stop.signal }))).toBe(stop.signal.reason)
  expect(entries).toHaveLength(500)
  expect(await readOutbox(files.path())).toMatchObject({ pending: 700 })
})

test('a file that a tracker has open hands over nothing, and one that is not there is not made', async () => {
  await using files = new OutboxFiles()
  const { taking, entries } = taker()
  expect(await failureOf(drainOutbox(files.path(), taking))).toMatchObject({ problem: 'missing' })
  expect(readdirSync(files.directory)).toEqual([])
  await append(files.open(), 'a:1')
  expect(await failureOf(drainOutbox(files.path(), taking))).toMatchObject({ code: 'configuration' })
  expect(entries).toEqual([])
})
