import { type Figures, measure } from '../measure.ts'
import { kinds, type KindName } from '../relay/kinds.ts'
import type { Benchmark } from '../table.ts'

const kills = 10
const outageSeconds = 60
const pages = [
  { seconds: 0, title: 'a page that sends once' },
  { seconds: 30, title: 'a page that tries for 30 s' },
]
const names: KindName[] = ['stored', 'direct', 'http-proxy', 'hono']

/** Counts what is lost. No speed is measured, so that all servers of a page run at once. */
export const relayLoss: Benchmark = {
  name: 'relay-loss',
  async run() {
    const rows: string[][] = []
    for (const { seconds, title } of pages) {
      const once = async (name: KindName) => {
        const figures = await measure('relay-loss', [name, seconds, kills, outageSeconds])
        return rowOf(`${title}; ${kinds[name].title}`, figures)
      }
      rows.push(...(await Promise.all(names.map(once))))
    }
    return {
      title: `${kills} kills, and an API that is away for a minute`,
      note: 'A page sends fifty events a second. The server between it and the API is killed and started again ten times, then the API is away. Events that never arrived, those of them that had been answered by 200, and arrivals of what had arrived before, under its id.',
      head: ['', 'sent', 'lost', 'of them answered by 200', 'arrived again'],
      rows,
    }
  },
}

function rowOf(title: string, figures: Figures): string[] {
  const counts = ['sent', 'lost', 'broken', 'again'].map((what) => (figures[what] ?? NaN).toLocaleString('en'))
  return [title].concat(counts)
}
