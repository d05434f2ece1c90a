import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Claim } from '../../../src/outbox/outbox.ts'
import { nodeModules } from '../../../src/outbox/sqlite/node-modules.ts'
import { SqliteOutbox } from '../../../src/outbox/sqlite/sqlite-outbox.ts'
import { migrate, migrations } from '../../../src/outbox/sqlite/schema.ts'
import { sqliteOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { append, claim, delivered, drain, entryOf, failureOf, OutboxFiles } from '../../support/outbox-files.ts'

const hourMs = 3_600_000

/** Commits that stand in the write-ahead log. @see https://sqlite.org/fileformat2.html#walformat */
function commitsIn(log: Buffer): number {
  const frameBytes = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) > 0) commits++
  return commits
}

test('nothing is read or made before the first call', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  expect(readdirSync(files.directory)).toEqual([])
  await outbox.close()
  expect(readdirSync(files.directory)).toEqual([])
  expect(() => sqliteOutbox('/no/such/directory/events.db')).not.toThrow()
})

test('calls of one turn share one commit', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:0')
  const before = commitsIn(readFileSync(`${files.path()}-wal`))
  const [head] = await claim(outbox)
  await Promise.all([
    ...Array.from({ length: 100 }, (_, index) => append(outbox, `c${index}:1`)),
    delivered(outbox, ...(head ? [head] : [])),
  ])
  expect(commitsIn(readFileSync(`${files.path()}-wal`))).toBe(before + 1)
})

test('its files are for its owner alone', async () => {
  await using files = new OutboxFiles()
  await append(files.open(), 'a:1')
  const names = readdirSync(files.directory).toSorted()
  expect(names).toEqual(['events.db', 'events.db-owner', 'events.db-shm', 'events.db-wal'])
  for (const name of names) expect([name, statSync(files.path(name)).mode & 0o777]).toEqual([name, 0o600])
})

test('an id that was minted for its event costs no memory of it', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await outbox.append([entryOf('a:1', { hasMintedId: true }), entryOf('a:2')])
  await drain(outbox)
  await outbox.close()
  const db = new DatabaseSync(files.path(), { readOnly: true })
  expect(db.prepare('SELECT id FROM seen').all()).toEqual([{ id: 'a:2' }])
  db.close()
})

test('what was forgotten or delivered is in no file any more', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const secret = { body: `{"name":"Zebulon ${'z'.repeat(6_000)}"}`, hasMintedId: true }
  await outbox.append(Array.from({ length: 30 }, (_, index) => entryOf(`zebra:${index}`, secret)))
  await append(outbox, 'a:1')
  await delivered(outbox, ...(await claim(outbox)).filter(({ entry }) => entry.customerId === 'zebra'))
  expect(await outbox.forget('zebra')).toEqual({ pending: 29, dead: 0 })
  const text = readdirSync(files.directory).map((name) => readFileSync(files.path(name), 'latin1'))
  expect(text.join('')).not.toMatch(/zebra|Zebulon|zzzz/)
  expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
})

test('delivered ids are remembered for a day, and only the newest ones', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_000_000 }
  const outbox = files.open({ rememberedIds: 20, clock: { now: () => time.ms } })
  const names = Array.from({ length: 60 }, (_, index) => `a:${index}`)
  await append(outbox, ...names)
  await drain(outbox)
  expect(await append(outbox, 'a:59', 'a:45', 'a:0')).toEqual(['done', 'done', 'stored'])
  time.ms += 25 * hourMs
  await drain(outbox)
  expect(await append(outbox, 'a:45', 'a:0')).toEqual(['stored', 'done'])
  const forgetful = files.open({ rememberedIds: 0 }, 'other.db')
  await append(forgetful, 'a:1')
  await drain(forgetful)
  expect(await append(forgetful, 'a:1')).toEqual(['stored'])
})

test('a dead letter that is replayed after its id was delivered costs no other id its memory', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ rememberedIds: 20 })
  await append(outbox, 'x:1')
  const [claimed] = await claim(outbox)
  await outbox.settle([[claimed as Claim, { kind: 'dead', reason: 'refused', attempts: 1 }]])
  await append(outbox, ...Array.from({ length: 60 }, (_, index) => `a:${index}`))
  await drain(outbox)
  await append(outbox, 'x:1')
  await drain(outbox)
  const [letter] = await outbox.dead(1)
  await outbox.replay([letter?.id ?? ''])
  // The number of its event is far beyond that of any id.
  await outbox.append(Array.from({ length: 60 }, (_, index) => entryOf(`b:${index}`, { hasMintedId: true })))
  await drain(outbox)
  expect(await append(outbox, 'a:59', 'a:42')).toEqual(['done', 'done'])
})

test('a backlog that was delivered gives its space back', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open({ rememberedIds: 0 })
  const body = 'x'.repeat(1_000)
  for (let round = 0; round < 8; round++) {
    await outbox.append(
      Array.from({ length: 1_000 }, (_, index) => entryOf(`c${index % 50}:${round}-${index}`, { body })),
    )
  }
  while ((await outbox.counts()).pending > 100) {
    const claims = await claim(outbox, 50)
    await delivered(outbox, ...claims)
  }
  await outbox.close()
  expect(statSync(files.path()).size).toBeLessThan(1_000_000)
  expect(existsSync(`${files.path()}-wal`)).toBe(false)
  expect((await drain(files.open())).length).toBe(100)
}, 120_000)

/** An outbox whose time of day can jump, while what elapses cannot. */
function jumping(files: OutboxFiles, time: { now: number; elapsed: number }): SqliteOutbox {
  const limits = { maxBytes: Number.MAX_SAFE_INTEGER, rememberedIds: 10, rememberMs: 24 * hourMs }
  const settings = { ...limits, ownerTimeoutMs: 0, allowNetworkFileSystem: false, readOnly: false }
  const clock = { now: () => time.now, elapsed: () => time.elapsed }
  return files.add(new SqliteOutbox(nodeModules(), files.path(), settings, clock))
}

test.each([hourMs, -hourMs])('waits and leases do not follow a clock that jumps by %d ms', async (jump) => {
  await using files = new OutboxFiles()
  const time = { now: 1_700_000_000_000, elapsed: 5_000 }
  const outbox = jumping(files, time)
  await append(outbox, 'a:1', 'b:1')
  const [a] = await claim(outbox, 1)
  await outbox.settle([[a as NonNullable<typeof a>, { kind: 'retry', afterMs: 1_000 }]])
  await claim(outbox, 1)
  time.now += jump
  await append(outbox, 'c:1')
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['c:1'])
  expect(await outbox.dueInMs()).toBe(1_000)
  time.elapsed += 1_000
  expect((await claim(outbox)).map(({ entry }) => entry.id)).toEqual(['a:1'])
  time.elapsed += 59_000
  expect((await claim(outbox)).map(({ entry }) => entry.id).toSorted()).toEqual(['b:1', 'c:1'])
})

test('a clock that was set back between two owners makes no wait longer than it was', async () => {
  await using files = new OutboxFiles()
  const time = { now: 1_700_000_000_000, elapsed: 5_000 }
  const first = jumping(files, time)
  await append(first, 'a:1', 'b:1', 'c:1')
  const [a] = await claim(first, 1)
  await first.settle([[a as NonNullable<typeof a>, { kind: 'retry', afterMs: 1_000 }]])
  await first.close()
  time.now -= hourMs
  const second = jumping(files, time)
  expect((await claim(second)).map(({ entry }) => entry.id)).toEqual(['b:1', 'c:1'])
  time.elapsed += 1_000
  expect((await claim(second)).map(({ entry }) => entry.id)).toEqual(['a:1'])
})

test('a file of a newer version is refused and left as it is', async () => {
  await using files = new OutboxFiles()
  const db = new DatabaseSync(files.path())
  migrate(db, files.path(), [...migrations, 'CREATE TABLE more (number INTEGER)'])
  db.close()
  const before = readFileSync(files.path())
  for (const outbox of [files.open(), files.open({ readOnly: true })]) {
    const error = await failureOf(outbox.counts())
    expect(error).toMatchObject({ name: 'OutboxError', problem: 'newer' })
    expect((error as Error).message).toMatch(/newer version of this package: update it here too/)
  }
  expect(readFileSync(files.path()).equals(before)).toBe(true)
})

test('an older file is brought up to date with all that it holds, or left as it is', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  await append(outbox, 'a:1', 'a:2')
  await outbox.close()
  const db = new DatabaseSync(files.path())
  const next = [...migrations, 'ALTER TABLE event ADD COLUMN colour TEXT; CREATE INDEX event_colour ON event (colour)']
  const versionOf = () => db.prepare('PRAGMA user_version').get()
  expect(() => migrate(db, files.path(), [...next, 'CREATE TABLE event (seq INTEGER)'])).toThrow(/already exists/)
  expect(versionOf()).toEqual({ user_version: migrations.length })
  migrate(db, files.path(), next)
  expect(versionOf()).toEqual({ user_version: next.length })
  expect(db.prepare('SELECT id, colour FROM event ORDER BY seq').all()).toEqual([
    { id: 'a:1', colour: null },
    { id: 'a:2', colour: null },
  ])
  db.close()
})

test('what a file of the first version holds is for the test environment, and its ids stay known', async () => {
  await using files = new OutboxFiles()
  const db = new DatabaseSync(files.path())
  migrate(db, files.path(), migrations.slice(0, 1))
  db.exec(`
    INSERT INTO event VALUES (1, 'a', 'a:1', 0, 'trackEvent', '"a:1"', 1000);
    INSERT INTO lane VALUES ('a', 1, 1, 1, 0, 0, 0, 0);
    INSERT INTO dead VALUES (1, 'a', 'a:0', 0, 'trackEvent', '"a:0"', 1000, 2000, 'refused', 1, 400, NULL);
    INSERT INTO seen VALUES (1, 'a', 'a:-1', ${Date.now()});`)
  db.close()
  const outbox = files.open()
  expect(await append(outbox, 'a:1', 'a:-1')).toEqual(['pending', 'done'])
  expect(await outbox.append([entryOf('a:-1', { environment: 'production' })])).toEqual(['stored'])
  const [head] = await claim(outbox)
  expect(head?.entry).toEqual({ ...entryOf('a:1'), environment: 'test' })
  expect((await outbox.dead(1))[0]?.entry).toEqual({ ...entryOf('a:0'), environment: 'test' })
})

test('one that reads an older file says who brings it up to date', async () => {
  await using files = new OutboxFiles()
  new DatabaseSync(files.path()).close()
  expect(await failureOf(files.open({ readOnly: true }).counts())).toMatchObject({ problem: 'older' })
})

test.each([
  ['', {}, /path of an outbox must name a file/],
  [':memory:', {}, /path of an outbox must name a file/],
  ['file:events.db?mode=memory', {}, /path of an outbox must name a file/],
  ['e.db', { maxBytes: 100 }, /maxBytes must be an integer of at least 65536/],
  ['e.db', { ownerTimeoutMs: '1' }, /ownerTimeoutMs must be an integer of at least 0/],
  ['e.db', { readOnly: 1 }, /readOnly must be true or false/],
  ['e.db', { clock: 5 }, /clock must be an object with the method now/],
  [
    'e.db',
    { maxSize: 5 },
    /maxSize is no option; known are maxBytes, ownerTimeoutMs, rememberedIds, rememberMs, allowNetworkFileSystem, readOnly, clock/,
  ],
  ['e.db', null, /must be an object/],
])('impossible options are told: %j %j', (path, options, message) => {
  expect(() => sqliteOutbox(path, options as never)).toThrow(message)
})

/** Runs a program that asks for an outbox in a run time that is not quite like this one. @returns what it prints */
function printedBy(change: string, ...flags: string[]): string {
  const door = JSON.stringify(new URL('../../../src/outbox/sqlite/sqlite.ts', import.meta.url).href)
  const program = `${change}
    const { sqliteOutbox } = await import(${door})
    try { sqliteOutbox('events.db') } catch (error) { console.log(error.name, error.message) }
    process.emitWarning('Afterwards')`
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

test('where the run time has no SQLite, the error says which have it', () => {
  const printed = printedBy('', '--no-experimental-sqlite')
  expect(printed).toMatch(/ConfigurationError .*node:sqlite, which Node has from 22\.13, Deno from 2\.2 and Bun/)
})

test('of all warnings, the one about SQLite is not printed', () => {
  const printed = printedBy(`
    const { getBuiltinModule } = process
    process.getBuiltinModule = (id) => {
      process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning')
      process.emitWarning('Something else about ' + id)
      return getBuiltinModule(id)
    }`)
  expect(printed).toMatch(/Something else about node:sqlite/)
  expect(printed).toMatch(/Afterwards/)
  // Once for each of the other modules: there it comes from somebody else.
  expect(printed.match(/SQLite is an experimental feature/g)?.length).toBe(3)
})
