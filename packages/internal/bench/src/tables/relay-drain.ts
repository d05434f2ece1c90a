import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

const pending = 1_000_000
const seconds = 10
const cases = [
  { who: 'tracker', title: 'the tracker alone' },
  { who: 'relay', title: 'a relay over it' },
]

export const relayDrain: Benchmark = {
  name: 'relay-drain',
  async run(rounds) {
    const folder = mkdtempSync(join(tmpdir(), 'drain-'))
    const file = join(folder, 'events.db')
    const copy = join(folder, 'copy.db')
    try {
      await measure('restart', ['fill', file, pending])
      const figures = await againstSink(cases, rounds, async ({ who }, url) => {
        for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
        copyFileSync(file, copy)
        return measure('relay-drain', [who, copy, url, seconds])
      })
      return {
        title: 'A relay and what is stored',
        note: `A file with ${pending.toLocaleString('en')} events of 1,000 customers: the events a second that go out in ${seconds} seconds once the code is compiled, and the most memory.`,
        head: ['', 'events/s', 'most MB'],
        rows: cases.map((key) => [
          key.title,
          withSpread(spreadOf(figures.get(key), 'perSecond'), 0),
          withSpread(spreadOf(figures.get(key), 'mostMB'), 0),
        ]),
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
