import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { EventTracker, memoryOutbox } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { expect, test } from 'vitest'
import { openRecords } from '../../src/import/formats/open-records.ts'
import { Pace } from '../../src/import/pace.ts'
import { Rejects } from '../../src/import/rejects.ts'
import { Sending, type SendingParts } from '../../src/import/sending.ts'
import { Valve } from '../../src/import/valve.ts'
import type { Shell } from '../../src/terminal/shell.ts'
import { manyLines } from './files.ts'

/** Number of lines that may be pending: the last of them is the one that is waited for. */
const mostPending = 2_000

class Waiting extends Pace {
  #started = 0
  onWait = () => {}

  override waitMs(): number {
    if (this.#started < mostPending - 1) return 0
    setImmediate(this.onWait)
    return 60_000
  }

  override start(requests: number): void {
    this.#started += requests
  }
}

/** An import of so many lines that come through a pipe. */
async function sendingOf(lines: number, more: Pick<SendingParts, 'tracker' | 'valve' | 'entering'>): Promise<Sending> {
  const stream = Readable.from([Buffer.from(`${manyLines(lines).join('\n')}\n`)])
  const source = { name: 'the file', stream, digest: 'digest' }
  const records = await openRecords({ name: 'the file', path: '-', stream, isSeekable: false }, 'track', {})
  const rejects = new Rejects({} as Shell, undefined, false)
  const parts = { source, records, look: undefined, seed: 0, rules: { type: 'track' }, rejects } as const
  return new Sending({ ...parts, journal: undefined, isDry: false, ...more })
}

test('a stop ends an import that waits for the turn of the last line that may be pending', async () => {
  const tracker = new EventTracker({ token: 'token', fetch: () => new Promise(() => {}) })
  const entering = new Waiting({ requests: 1, perMs: 1_000 })
  const sending = await sendingOf(3_000, { tracker, entering })
  entering.onWait = () => sending.stop(0)
  await sending.run()
  expect(sending.pending).toBe(mostPending - 1)
})

function askedFor(): never {
  throw new Error('asked for')
}

test('the cells of a row are put to the names of their columns only where somebody asks for them', async () => {
  const rows = Array.from({ length: 5 }, (_, index) => `c${index},paid,x`)
  const stream = Readable.from([Buffer.from(`customer_id,event,note\n${rows.join('\n')}\n`)])
  const records = await openRecords({ name: 'the file', path: 'a.csv', stream, isSeekable: false }, 'track', {})
  const { columns } = records.form.table ?? {}
  Object.assign(columns ?? {}, { byName: askedFor })
  const tracker = new EventTracker({ token: 'token', fetch: async () => new Response('{}') })
  const source = { name: 'the file', stream, digest: 'digest' }
  const rejects = new Rejects({} as Shell, undefined, false)
  const parts = { tracker, source, records, look: undefined, seed: 0, journal: undefined, rejects, isDry: false }
  const sending = new Sending({ ...parts, rules: { type: 'track' } })
  await sending.run()
  expect(sending).toMatchObject({ failure: undefined, counts: { delivered: 5 } })
})
const anHour = 3_600_000
const now = () => performance.now()
const answerAtOnce = () => Promise.resolve(new Response('{}'))
const outboxes = {
  memory: () => memoryOutbox(now),
  'a file': () => sqliteOutbox(join(mkdtempSync(join(tmpdir(), 'outbox-')), 'events.db')),
}

test.each(Object.entries(outboxes))(
  'an import that waits for its rate ends at once where nothing is on its way: from %s',
  async (_name, make) => {
    const valve = new Valve(make(), new Pace({ requests: 1, perMs: anHour }), now)
    const tracker = new EventTracker({ token: 'token', outbox: valve, fetch: answerAtOnce })
    const sending = await sendingOf(50, { tracker, valve })
    const ended = sending.run()
    await expect.poll(() => sending.counts.delivered).toBe(1)
    // Longer than any test may take.
    sending.stop(anHour)
    await ended
    expect(sending.pending).toBe(49)
  },
)
