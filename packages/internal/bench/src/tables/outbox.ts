import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

/** The disk without an outbox: one event alone writes some pages, so no outbox can be faster with one caller. */
const disk = { title: 'the disk alone: 12 kB written and confirmed', args: ['sync', 12_000] }

const cases = [
  disk,
  { title: 'stored, 1 caller', args: ['append', 1] },
  { title: 'stored, 16 callers', args: ['append', 16] },
  { title: 'stored, 256 callers', args: ['append', 256] },
  { title: 'stored, 256 callers, with ids of their own', args: ['append-own-ids', 256] },
  { title: 'claimed, settled and stored anew, 1,000 pending', args: ['take', 1_000] },
  { title: 'claimed, settled and stored anew, 1,000,000 pending', args: ['take', 1_000_000] },
  { title: 'tracked, stored and delivered, 256 callers', args: ['deliver', 256] },
]

export const outbox: Benchmark = {
  name: 'outbox',
  async run(rounds) {
    const figures = await againstSink(cases, rounds, ({ args }, url) => measure('outbox', [...args, url]))
    return {
      title: 'An outbox in a file',
      note: 'Events a second in the folder for temporary files, and how late the event loop is meanwhile. Each caller waits until its event is on the disk before it brings the next, so one caller alone is as fast as the disk confirms. Claims are of 32 at a time.',
      head: ['', 'events/s', 'loop delay p99 ms'],
      rows: cases.map((key) => [
        key.title,
        withSpread(spreadOf(figures.get(key), 'perSecond'), 0),
        key === disk ? '' : withSpread(spreadOf(figures.get(key), 'delayP99Ms')),
      ]),
    }
  },
}
