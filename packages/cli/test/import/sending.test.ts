import { Readable } from 'node:stream'
import { EventTracker } from '@obsidianlaunch/events'
import { expect, test } from 'vitest'
import { openRecords } from '../../src/import/formats/open-records.ts'
import { Pace } from '../../src/import/pace.ts'
import { Rejects } from '../../src/import/rejects.ts'
import { Sending } from '../../src/import/sending.ts'
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

test('a stop ends an import that waits for the turn of the last line that may be pending', async () => {
  const stream = Readable.from([Buffer.from(`${manyLines(3_000).join('\n')}\n`)])
  const tracker = new EventTracker({ token: 'token', fetch: () => new Promise(() => {}) })
  const entering = new Waiting({ requests: 1, perMs: 1_000 })
  const source = { name: 'the file', stream, digest: 'digest' }
  const records = await openRecords({ name: 'the file', path: '-', stream, isSeekable: false }, 'track', {})
  const rejects = new Rejects({} as Shell, undefined, false)
  const parts = { tracker, source, records, look: undefined, seed: 0, rules: { type: 'track' }, rejects } as const
  const sending = new Sending({ ...parts, journal: undefined, isDry: false, entering })
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
