import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { startMock } from '@obsidianlaunch/events-mock'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { dead, fill, open } from '../outbox/files.ts'
import { type Check, examined, statuses } from './examined.ts'

const hourMs = 3_600_000

async function outboxOf(
  path: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; checks: Record<string, Check> }> {
  await using mock = await startMock()
  return await examined(`--base-url ${mock.url} --outbox ${path}`, env)
}

test('an outbox whose owner runs is well', async () => {
  using place = new Workplace()
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['a:1'])
  const { code, checks } = await outboxOf(place.path('events.db'))
  expect(code).toBe(0)
  const all = { outbox: 'ok', owner: 'ok', pending: 'ok', dead: 'ok', permissions: 'ok', disk: 'ok' }
  expect(statuses(checks)).toMatchObject(all)
  expect(checks['pending']?.facts).toMatchObject({ pending: 1, customers: 1 })
})

test('pending events without an owner, old ones, dead letters and open permissions are warnings', async () => {
  using place = new Workplace()
  const path = place.path('events.db')
  {
    await using outbox = open(path)
    await fill(outbox, ['a:1', 'a:2', 'b:1'], Date.now() - 3 * hourMs)
    await dead(outbox, 'b')
  }
  chmodSync(path, 0o644)
  const { code, checks } = await outboxOf(path)
  expect(code).toBe(0)
  const warnings = { owner: 'warning', pending: 'warning', dead: 'warning', permissions: 'warning' }
  expect(statuses(checks)).toMatchObject({ outbox: 'ok', ...warnings })
  expect(checks['pending']?.message).toBe('2 events of 1 customer, the oldest for 3 h.')
  expect(checks['dead']?.advice).toBe(`See why: obsidian-events outbox dead ${path}`)
  expect(checks['permissions']?.advice).toContain(`chmod 600 ${path}`)
})

test.each<[string, (path: string) => unknown, RegExp]>([
  ['missing', () => undefined, /does not exist/],
  ['a text', (path) => writeFileSync(path, 'notes, and no database\n'), /is not an outbox but another file/],
  ['empty', (path) => writeFileSync(path, ''), /older version/],
  ['of another program', (path) => database(path, 'CREATE TABLE notes (text TEXT)'), /another program/],
  [
    'of a newer version',
    (path) => database(path, 'PRAGMA application_id = 1330398582; PRAGMA user_version = 99'),
    /newer version/,
  ],
])('a file that is %s is a failure that says what to do', async (_, make, message) => {
  using place = new Workplace()
  make(place.path('events.db'))
  const { code, checks } = await outboxOf(place.path('events.db'))
  expect(code).toBe(1)
  expect(checks['outbox']).toMatchObject({
    status: 'failure',
    message: expect.stringMatching(message) as string,
    advice: expect.stringMatching(/\w/) as string,
  })
  expect(checks['disk']?.status).toBe('skipped')
})

test('a folder that is missing is told with the command that makes it', async () => {
  using place = new Workplace()
  const { code, checks } = await outboxOf(place.path('none/events.db'))
  expect(code).toBe(1)
  expect(checks['outbox']).toMatchObject({
    status: 'failure',
    message: `${place.path('none/events.db')} does not exist, nor does its folder ${place.path('none')}.`,
    advice: expect.stringContaining(`mkdir -p ${place.path('none')}`) as string,
  })
})

test('a file that another program keeps locked is a failure', async () => {
  using place = new Workplace()
  const path = place.path('events.db')
  {
    await using outbox = open(path)
    await fill(outbox, ['a:1'])
  }
  const holder = new DatabaseSync(path)
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE lane SET attempts = 1')
  const { code, checks } = await outboxOf(path)
  holder.close()
  expect(code).toBe(1)
  expect(checks['outbox']?.message).toMatch(/held by another program/)
})

test('a Node without SQLite is a failure of the configuration', async () => {
  using place = new Workplace()
  writeFileSync(place.path('events.db'), '')
  const { code, checks } = await outboxOf(place.path('events.db'), { NODE_OPTIONS: '--no-experimental-sqlite' })
  expect(code).toBe(3)
  expect(checks['outbox']?.message).toMatch(/needs node:sqlite/)
})

const isRoot = process.getuid?.() === 0

/** A file system of a few megabytes, where this machine lets us have one. */
function mount(directory: string): boolean {
  return isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory]).status === 0
}

test.runIf(isRoot)('a disk that is nearly full is a warning', async ({ skip }) => {
  using place = new Workplace()
  const directory = place.path('small')
  mkdirSync(directory)
  skip(!mount(directory), 'nothing can be mounted here')
  try {
    {
      await using outbox = open(`${directory}/events.db`)
      await fill(outbox, ['a:1'])
    }
    const { code, checks } = await outboxOf(`${directory}/events.db`)
    expect(code).toBe(0)
    expect(checks['disk']).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^[78] MiB free\.$/) as string,
    })
  } finally {
    spawnSync('umount', [directory])
  }
})

function database(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
