import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { event } from '../contenders/contender.ts'
import { inTurns, measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, ratio, withSpread } from '../table.ts'

const lines = 1_000_000
const titles = {
  import: 'obsidian-events track --from FILE',
  csv: 'the same lines as CSV',
  tracker: 'a tracker that is fed from memory',
  'dry-run': 'obsidian-events track --from FILE --dry-run',
}
type What = keyof typeof titles

export const importFile: Benchmark = {
  name: 'import-file',
  async run(rounds) {
    const folder = mkdtempSync(join(tmpdir(), 'import-file-'))
    const ndjson = join(folder, 'events.ndjson')
    const csv = join(folder, 'events.csv')
    writeFileSync(ndjson, Array.from({ length: lines }, (_, line) => `${lineOf(line)}\n`).join(''))
    writeFileSync(csv, ['customer_id,event\n', ...Array.from({ length: lines }, (_, line) => rowOf(line))].join(''))
    const figures = await againstSink(Object.keys(titles) as What[], rounds, (what, url) =>
      measure('import-file', [what, lines, what === 'csv' ? csv : ndjson, url]),
    )
    rmSync(folder, { recursive: true })
    const base = spreadOf(figures.get('tracker'), 'perSecond').median
    const started = await startUp(rounds)
    return {
      title: 'A file of a million lines',
      note: `Lines a second from the start of the process to its end, and the most resident memory in the first tenth of that time and in all of it. \`obsidian-events --help\` takes ${started} ms over an empty script.`,
      head: ['', 'lines/s', 'of the tracker', 'MB in the first tenth', 'MB'],
      rows: [...figures].map(([what, all]) => {
        const perSecond = spreadOf(all, 'perSecond')
        const [early, most] = [spreadOf(all, 'earlyMb'), spreadOf(all, 'mb')]
        return [
          titles[what],
          withSpread(perSecond, 0),
          ratio(perSecond.median, base),
          withSpread(early, 0),
          withSpread(most, 0),
        ]
      }),
    }
  },
}

function customerOf(line: number): string {
  return `customer-${(line * 7_919) % 50_000}`
}

function lineOf(line: number): string {
  return JSON.stringify({ type: 'track', customer_id: customerOf(line), event })
}

function rowOf(line: number): string {
  return `${customerOf(line)},${event}\n`
}

/** Starting a process takes less than what else the machine does may add: more rounds. */
async function startUp(rounds: number): Promise<string> {
  const figures = await inTurns(['nothing', 'help'], rounds * 3, async (what) => {
    const started = performance.now()
    await measure('import-file', [what])
    return { ms: performance.now() - started }
  })
  const [nothing, help] = ['nothing', 'help'].map((what) => spreadOf(figures.get(what), 'ms').median)
  return ((help ?? NaN) - (nothing ?? NaN)).toFixed(0)
}
