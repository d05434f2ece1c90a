import { readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { dead, fill, open } from './files.ts'

const hourMs = 3_600_000

/** A workplace with an outbox in it: a waits with two events, c with one, and those of b are dead. */
async function withOutbox(): Promise<Workplace> {
  const place = new Workplace()
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['a:1', 'a:2', 'b:1'], Date.now() - 3 * hourMs)
  await fill(outbox, ['c:1', 'b:2'])
  await dead(outbox, 'b')
  await dead(outbox, 'b')
  return place
}

test('list tells who waits, for how long, and what else there is', async () => {
  using place = await withOutbox()
  const { code, stdout } = await place.run('obsidian-events outbox list events.db')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {6}2 {2}a\n {9}oldest 3 h, 0 attempts\n {6}1 {2}c$/m)
  expect(stdout).toContain('events.db: 3 pending of 2 customers, 2 dead.')
  expect(stdout).toContain('No tracker has it open')
  const limited = await place.run('obsidian-events outbox list events.db --limit 1')
  expect(limited.stdout).toContain('and 1 customer more')
})

test('list --json prints a line for each customer, then one for the file', async () => {
  using place = await withOutbox()
  expect(await place.records('obsidian-events --json outbox list events.db')).toEqual([
    {
      type: 'customer',
      customerId: 'a',
      pending: 2,
      oldestAt: expect.stringMatching(/^20.*Z$/) as string,
      attempts: 0,
      environment: 'test',
      dueInMs: 0,
    },
    {
      type: 'customer',
      customerId: 'c',
      pending: 1,
      oldestAt: expect.stringMatching(/^20.*Z$/) as string,
      attempts: 0,
      environment: 'test',
      dueInMs: 0,
    },
    { type: 'outbox', file: 'events.db', isOwned: false, pending: 3, dead: 2, customers: 2 },
  ])
})

test('dead tells what was given up and why, without its body', async () => {
  using place = await withOutbox()
  const { code, stdout } = await place.run('obsidian-events outbox dead events.db')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {3}1 {2}trackEvent b$/m)
  expect(stdout).toMatch(/refused: 400, 1 attempt, 20\d\d-\d\d-\d\d \d\d:\d\dZ/)
  expect(stdout).toContain('Bad request')
  const [first, second, sum] = await place.records('obsidian-events --json outbox dead events.db')
  const letter = { type: 'dead', id: '1', eventId: 'b:1', operation: 'trackEvent', customerId: 'b', status: 400 }
  expect(first).toMatchObject({ ...letter, environment: 'test', reason: 'refused', detail: 'Bad request' })
  expect(second).toMatchObject({ id: '2', eventId: 'b:2' })
  expect(sum).toEqual({ type: 'outbox', file: 'events.db', dead: 2 })
  expect(JSON.stringify([stdout, first])).not.toContain('secret_event')
})

test('replay makes those dead letters pending that are named, or all', async () => {
  using place = await withOutbox()
  expect(await place.records('obsidian-events --json outbox replay events.db --id 2')).toEqual([
    { type: 'replayed', file: 'events.db', replayed: 1, left: 0 },
  ])
  const { code, stdout } = await place.run('obsidian-events outbox replay events.db --all')
  expect(code).toBe(0)
  expect(stdout).toContain('1 dead letter pending again')
  const [, , , sum] = await place.records('obsidian-events --json outbox list events.db')
  expect(sum).toMatchObject({ pending: 5, dead: 0, customers: 3 })
})

test('replay of an id that is none says so, and does the others', async () => {
  using place = await withOutbox()
  const { code, stdout, stderr } = await place.run('obsidian-events outbox replay events.db --id 1 --id 77')
  expect(code).toBe(1)
  expect(stdout).toContain('1 dead letter pending again')
  expect(stderr).toContain('1 of 2 not replayed')
})

test.each(['list events.db', 'move events.db postgres://127.0.0.1:9/app'])(
  'a Node without SQLite is told which one is needed, as a mistake of the configuration: %s',
  async (line) => {
    using place = await withOutbox()
    place.env['NODE_OPTIONS'] = '--no-experimental-sqlite'
    const { code, stdout, stderr } = await place.run(`obsidian-events outbox ${line}`)
    expect([code, stdout, stderr]).toEqual([
      3,
      '',
      `The file of an outbox needs node:sqlite: Node 22.13 or newer. This is ${process.version}.\n${see('configuration')}`,
    ])
  },
)

test('more dead letters than one batch are all replayed', async () => {
  using place = new Workplace()
  {
    await using outbox = open(place.path('events.db'))
    const names = Array.from({ length: 2_500 }, (_, index) => `${index}:1`)
    await fill(outbox, names)
    const claims = await outbox.claim(5_000, 60_000, 'oldest')
    await outbox.settle(claims.map((claim) => [claim, { kind: 'dead', reason: 'expired', attempts: 3 }]))
  }
  const [replayed] = await place.records('obsidian-events --json outbox replay events.db --all')
  expect(replayed).toMatchObject({ replayed: 2_500, left: 0 })
})

test('forget erases a customer, pending and dead', async () => {
  using place = await withOutbox()
  const { code, stdout } = await place.run('obsidian-events outbox forget events.db b --yes')
  expect(code).toBe(0)
  expect(stdout).toContain('2 events of b erased')
  expect(await place.records('obsidian-events --json outbox forget events.db a --yes')).toEqual([
    { type: 'forgotten', file: 'events.db', customerId: 'a', forgotten: 2 },
  ])
})

test('without a terminal forget does not ask and erases nothing, unless --yes is given', async () => {
  using place = await withOutbox()
  const { code, stderr } = await place.run('obsidian-events outbox forget events.db a')
  expect(code).toBe(2)
  expect(stderr).toContain('--yes')
  const records = await place.records('obsidian-events --json outbox list events.db')
  expect(records.at(-1)).toMatchObject({ pending: 3 })
})

test('while a tracker has the file open, list and dead work, and the others say why they do not', async () => {
  using place = await withOutbox()
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['d:1'])
  const { stdout } = await place.run('obsidian-events outbox list events.db')
  expect(stdout).toContain('4 pending of 3 customers')
  expect(stdout).toContain('A tracker has it open.')
  expect((await place.run('obsidian-events outbox dead events.db')).code).toBe(0)
  for (const line of ['replay events.db --all', 'forget events.db a --yes']) {
    const { code, stderr } = await place.run(`obsidian-events outbox ${line}`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/A tracker has events\.db open: outbox list and outbox dead work beside it/)
  }
  await fill(outbox, ['d:2'])
})

test.each(['list none.db', 'dead none.db', 'replay none.db --all', 'forget none.db a --yes'])(
  'a file that is not there is not made by looking at it: %s',
  async (line) => {
    using place = new Workplace()
    const { code, stderr } = await place.run(`obsidian-events outbox ${line}`)
    expect(code).toBe(1)
    expect(stderr).toContain('none.db does not exist.')
    expect(readdirSync(place.cwd)).toEqual(['bin'])
  },
)

test('a directory, and a file that is no outbox, are told as what they are and left as they are', async () => {
  using place = new Workplace()
  writeFileSync(place.path('notes.txt'), 'notes, and no database\n')
  expect((await place.run('obsidian-events outbox list .')).stderr).toContain('. is not a file.')
  for (const line of ['list notes.txt', 'replay notes.txt --all']) {
    const { code, stderr } = await place.run(`obsidian-events outbox ${line}`)
    expect(code).toBe(1)
    expect(stderr).toContain('is not an outbox but another file')
  }
  expect(readdirSync(place.cwd).toSorted()).toEqual(['bin', 'notes.txt'])
})

test('a Node without SQLite is told, with exit code 3', async () => {
  using place = await withOutbox()
  place.env['NODE_OPTIONS'] = '--no-experimental-sqlite'
  const { code, stderr } = await place.run('obsidian-events outbox list events.db')
  expect(code).toBe(3)
  expect(stderr).toContain('needs node:sqlite')
})

test.each(['', ' lst events.db', ' list', ' replay events.db', ' replay events.db --all --id 1', ' forget events.db'])(
  'wrong usage ends with 2: outbox%s',
  async (line) => {
    using place = await withOutbox()
    expect((await place.run(`obsidian-events outbox${line}`)).code).toBe(2)
  },
)
