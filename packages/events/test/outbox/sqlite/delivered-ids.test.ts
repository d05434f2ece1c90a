import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate, migrations } from '../../../src/outbox/sqlite/schema.ts'
import { append, claim, delivered, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

test('an event that does not fit makes nobody forget what was delivered: the same id is not sent again', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 300_000 })
  const names = Array.from({ length: 50 }, (_, index) => `c${index}:1`)
  await append(outbox, ...names)
  await drain(outbox)
  for (let times = 0; times < 10; times++) {
    const large = outbox.append([entryOf('z:1', { body: 'x'.repeat(400_000) })])
    expect(await failureOf(large)).toMatchObject({ problem: 'full' })
  }
  expect(new Set(await append(outbox, ...names))).toEqual(new Set(['done']))
})

test('where there is no space the oldest ids go, and the newest stay', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ maxBytes: 300_000 })
  let last = ''
  for (let round = 0; round < 60; round++) {
    const names = Array.from({ length: 100 }, (_, index) => `c${index}:${round}-${index}-${'i'.repeat(30)}`)
    expect(new Set(await append(outbox, ...names))).toEqual(new Set(['stored']))
    await delivered(outbox, ...(await claim(outbox)))
    last = names.at(-1) ?? ''
  }
  expect(await append(outbox, last)).toEqual(['done'])
})

test('an id is remembered for a day and no longer, also where nothing else was delivered since', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const hour = 3_600_000
  const outbox = files.open({ clock: { now: () => time.ms } })
  await append(outbox, 'a:1')
  await drain(outbox)
  time.ms += 23 * hour
  expect(await append(outbox, 'a:1')).toEqual(['done'])
  time.ms += 2 * hour
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
  expect(await drain(outbox)).toEqual(['a:1'])
  time.ms += 23 * hour
  expect(await append(outbox, 'a:1')).toEqual(['done'])
})

test('an id that was delivered while the clock was ahead is remembered for a day, and not until then', async () => {
  await using files = new OutboxFiles()
  const hour = 3_600_000
  const now = 1_700_000_000_000
  const ahead = files.open({ clock: { now: () => now + 100_000 * hour } })
  await append(ahead, 'a:1')
  await drain(ahead)
  await ahead.close()
  const time = { ms: now }
  const outbox = files.open({ clock: { now: () => time.ms } })
  expect(await append(outbox, 'a:1')).toEqual(['done'])
  time.ms += 25 * hour
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
})

test('an id that a version remembered which kept nothing of its data is a repeat, whatever its data are', async () => {
  await using files = new OutboxFiles()
  const db = new DatabaseSync(files.path())
  migrate(db, files.path(), migrations.slice(0, 3))
  db.exec(`INSERT INTO seen (customer, id, delivered, environment) VALUES ('a', 'a:1', ${Date.now()}, 'test')`)
  db.close()
  const outbox = files.open()
  expect(await outbox.append([entryOf('a:1', { body: '"other"' })])).toEqual(['done'])
  await append(outbox, 'a:2')
  await drain(outbox)
  expect(await outbox.append([entryOf('a:2', { body: '"other"' })])).toEqual(['taken'])
})

test('an id is remembered for as long as whoever delivered it has said, whatever others say', async () => {
  await using files = new OutboxFiles()
  const day = 24 * 3_600_000
  const time = { ms: 1_700_000_000_000 }
  const clock = { now: () => time.ms }
  const long = files.open({ clock, rememberMs: 30 * day })
  await append(long, 'a:1')
  await drain(long)
  await long.close()
  const short = files.open({ clock, rememberMs: day })
  await append(short, 'a:2')
  await drain(short)
  time.ms += 2 * day
  // Old ids are dropped beside new ones.
  await append(short, ...Array.from({ length: 20 }, (_, index) => `b:${index}`))
  await drain(short)
  expect(await append(short, 'a:1', 'a:2')).toEqual(['done', 'stored'])
  await drain(short)
  time.ms += 27.9 * day
  expect(await append(short, 'a:1')).toEqual(['done'])
  time.ms += 0.2 * day
  expect(await append(short, 'a:1')).toEqual(['stored'])
  await drain(short)
  await short.close()
  const none = files.open({ clock, rememberMs: 0 }, 'other.db')
  await append(none, 'a:1')
  await drain(none)
  time.ms++
  expect(await append(none, 'a:1')).toEqual(['stored'])
})

test('ids whose time is over are dropped behind some that are remembered for longer', async () => {
  await using files = new OutboxFiles()
  const day = 24 * 3_600_000
  const time = { ms: 1_700_000_000_000 }
  const open = (rememberMs: number) => files.open({ clock: { now: () => time.ms }, rememberMs })
  const long = open(365 * day)
  await append(long, ...Array.from({ length: 20 }, (_, index) => `a:${index}`))
  await drain(long)
  await long.close()
  const short = open(day)
  await append(short, ...Array.from({ length: 200 }, (_, index) => `b:${index}`))
  await drain(short)
  time.ms += 2 * day
  for (let index = 0; index < 100; index++) {
    await append(short, `c:${index}`)
    await drain(short)
  }
  expect(await append(short, 'a:0', 'a:19')).toEqual(['done', 'done'])
  await short.close()
  const db = new DatabaseSync(files.path())
  const kept = db.prepare('SELECT customer, count(*) AS ids FROM seen GROUP BY customer').all()
  db.close()
  expect(JSON.stringify(kept)).toBe('[{"customer":"a","ids":20},{"customer":"c","ids":100}]')
})

test('a clock that was not set yet when a process began makes nobody forget what was delivered', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const open = () => files.open({ clock: { now: () => time.ms } })
  const before = open()
  await append(before, 'a:1')
  await drain(before)
  await before.close()
  time.ms = 3_600_000
  const unset = open()
  expect(await append(unset, 'a:1')).toEqual(['done'])
  await unset.close()
  time.ms = 1_700_003_600_000
  expect(await append(open(), 'a:1')).toEqual(['done'])
})

test('a file of a version that remembered each id for a day goes on so', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const db = new DatabaseSync(files.path())
  migrate(db, files.path(), migrations.slice(0, 4))
  db.exec(`INSERT INTO seen (customer, id, delivered) VALUES ('a', 'a:1', ${time.ms}), ('a', 'a:2', ${time.ms})`)
  db.close()
  const outbox = files.open({ clock: { now: () => time.ms }, rememberMs: 30 * 24 * 3_600_000 })
  time.ms += 23 * 3_600_000
  expect(await append(outbox, 'a:1')).toEqual(['done'])
  time.ms += 2 * 3_600_000
  // Who gave it within that day has said thirty.
  expect(await append(outbox, 'a:1', 'a:2')).toEqual(['done', 'stored'])
})

test('an id that several give is remembered from its delivery on for the longest time that one of them has said', async () => {
  await using files = new OutboxFiles()
  const day = 24 * 3_600_000
  const time = { ms: 1_700_000_000_000 }
  const open = (rememberMs: number) => files.open({ clock: { now: () => time.ms }, rememberMs })
  const live = open(day)
  await append(live, 'a:1')
  await drain(live)
  await live.close()
  time.ms += 0.5 * day
  const importing = open(30 * day)
  expect(await append(importing, 'a:1')).toEqual(['done'])
  expect(await importing.append([entryOf('a:1', { body: '"other"' })])).toEqual(['taken'])
  await importing.close()
  time.ms += 29.4 * day
  const later = open(day)
  expect(await append(later, 'a:1')).toEqual(['done'])
  time.ms += 0.2 * day
  expect(await append(later, 'a:1')).toEqual(['stored'])
})

test('a clock that was ahead makes no id stay for longer than was said', async () => {
  await using files = new OutboxFiles()
  const hour = 3_600_000
  const now = 1_700_000_000_000
  const ahead = files.open({ clock: { now: () => now + 100_000 * hour }, rememberMs: 48 * hour })
  await append(ahead, 'a:1')
  await drain(ahead)
  await ahead.close()
  const time = { ms: now }
  const outbox = files.open({ clock: { now: () => time.ms } })
  expect(await append(outbox, 'a:1')).toEqual(['done'])
  time.ms += 47 * hour
  expect(await append(outbox, 'a:1')).toEqual(['done'])
  time.ms += 2 * hour
  expect(await append(outbox, 'a:1')).toEqual(['stored'])
})
