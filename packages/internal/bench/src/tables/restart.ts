import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

const cases = [1_000, 1_000_000]

/** Opens a copy of a file each time, since what is delivered leaves it. */
async function restart(folder: string, pending: number, url: string) {
  const copy = join(folder, 'copy.db')
  copyFileSync(join(folder, `${pending}.db`), copy)
  try {
    return await measure('restart', ['open', copy, url])
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
  }
}

export const restarts: Benchmark = {
  name: 'restart',
  async run(rounds) {
    const folder = mkdtempSync(join(tmpdir(), 'restart-'))
    try {
      for (const pending of cases) await measure('restart', ['fill', join(folder, `${pending}.db`), pending])
      const figures = await againstSink(cases, rounds, (pending, url) => restart(folder, pending, url))
      const spread = (pending: number, name: string) => withSpread(spreadOf(figures.get(pending), name), 0)
      return {
        title: 'A restart over what is pending',
        note: 'A service starts with a file in which events of 1,000 customers are pending: the time from the start of its process to the first answer of the API and the memory that is resident then, the events a second that go out from then on, and the most memory in five seconds of that.',
        head: ['pending', 'ms to the first answer', 'MB then', 'events/s', 'most MB'],
        rows: cases.map((pending) => {
          const figuresOf = ['firstMs', 'firstMB', 'perSecond', 'mostMB'].map((name) => spread(pending, name))
          return [pending.toLocaleString('en')].concat(figuresOf)
        }),
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
