import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, ratio, withSpread } from '../table.ts'

const answerMs = 20
const kinds = [
  { who: 'dispatch', title: 'undici dispatch', open: 32 },
  { who: 'tracker', title: 'our tracker', open: 32 },
  { who: 'dispatch', title: 'undici dispatch', open: 128 },
  { who: 'tracker', title: 'our tracker', open: 128 },
]

export const latency: Benchmark = {
  name: 'latency',
  async run(rounds) {
    const once = ({ who, open }: (typeof kinds)[number], url: string) =>
      measure('latency', [url, open * 100, open, who])
    const figures = await againstSink(kinds, rounds, once, answerMs)
    return {
      title: `A server that answers after ${answerMs} ms`,
      note: 'Events of many customers. Ideal is as many requests as may be open, each as long as the server means to take; its timer takes longer, and so nobody gets there.',
      head: ['', 'open requests', 'events/s', 'ideal', '÷ ideal'],
      rows: [...figures].map(([{ title, open }, all]) => {
        const rate = spreadOf(all, 'perSecond')
        const ideal = (open / answerMs) * 1_000
        return [title, String(open), withSpread(rate, 0), ideal.toLocaleString('en'), ratio(rate.median, ideal)]
      }),
    }
  },
}
