import { once } from 'node:events'
import { setTimeout as pass } from 'node:timers/promises'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { database, openDatabase } from './databases.ts'
import { dead, fill, open } from './files.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('a move that is killed again and again loses nothing, sends nothing twice and keeps the order', async () => {
  const url = await database()
  using place = new Workplace({ DATABASE_URL: url })
  const names = Array.from({ length: 20_000 }, (_, at) => `c${at % 50}:${at}`)
  {
    await using outbox = open(place.path('events.db'))
    for (let at = 0; at < names.length; at += 1_000) await fill(outbox, names.slice(at, at + 1_000))
    for (const customer of ['c1', 'c2', 'c3']) await dead(outbox, customer)
  }
  const arrived: string[] = []
  await using outbox = openDatabase(url)
  /** Delivers what is there, as another machine does meanwhile. */
  const deliver = async () => {
    for (;;) {
      const claims = await outbox.claim(1_000, 60_000, 'oldest')
      if (claims.length === 0) return
      arrived.push(...claims.map(({ entry }) => entry.id))
      await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
    }
  }
  let kills = 0
  for (let isComplete = false; !isComplete;) {
    const move = place.start('obsidian-events outbox move events.db')
    const ended = once(move, 'exit') as Promise<[number | null]>
    // Some of it is there by now: it is in the midst of the next.
    while (move.exitCode === null && (await outbox.counts()).pending < 500) await pass(5)
    move.kill('SIGKILL')
    const [code] = await ended
    isComplete = code === 0
    if (!isComplete) kills++
    // What the killed one has asked for may still be carried out.
    await pass(50)
    await deliver()
  }
  expect(kills).toBeGreaterThan(3)
  const expected = names.filter((name) => !['c1:1', 'c2:2', 'c3:3'].includes(name))
  for (let customer = 0; customer < 50; customer++) {
    const own = (all: readonly string[]) => all.filter((name) => name.startsWith(`c${customer}:`))
    expect(own(arrived)).toEqual(own(expected))
  }
  expect((await outbox.dead(10)).map(({ entry }) => entry.id)).toEqual(['c1:1', 'c2:2', 'c3:3'])
  expect(await place.records('obsidian-events --json outbox list events.db')).toMatchObject([{ pending: 0, dead: 0 }])
})
