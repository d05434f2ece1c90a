import { type Figures, measure } from '../measure.ts'
import { kinds, type KindName } from '../relay/kinds.ts'
import type { Benchmark } from '../table.ts'

const kills = 10
const outageSeconds = 60
const tries = [
  { seconds: 0, title: 'a page that sends once' },
  { seconds: 10, title: 'a page that tries for 10 s' },
]
const names: KindName[] = ['stored', 'direct', 'http-proxy', 'hono']
const cases = tries.flatMap((page) => names.map((name) => ({ name, page })))

/** Counts what is lost, which no load of the machine changes: all of them run at once. */
export const relayLoss: Benchmark = {
  name: 'relay-loss',
  async run() {
    const figures = await Promise.all(
      cases.map(({ name, page }) => measure('relay-loss', [name, page.seconds, kills, outageSeconds])),
    )
    return {
      title: `${kills} kills, and an API that is away for a minute`,
      note: 'A page sends a hundred events a second. The server between it and the API is killed and started again ten times, then the API is away. Events that never arrived, those of them that had been answered by 200, and arrivals of what had arrived before, under its id.',
      head: ['', 'sent', 'lost', 'of them answered by 200', 'arrived again'],
      rows: cases.map(({ name, page }, at) => {
        const counts = ['sent', 'lost', 'broken', 'again'].map((what) => countOf(figures[at], what))
        return [`${page.title}; ${kinds[name].title}`].concat(counts)
      }),
    }
  },
}

function countOf(figures: Figures | undefined, what: string): string {
  return (figures?.[what] ?? NaN).toLocaleString('en')
}
