import { inTurns, measure, spreadOf } from '../measure.ts'
import { startSink } from '../sink.ts'
import { type Benchmark, ratio, withSpread } from '../table.ts'

const answerMs = 20

export const latency: Benchmark = {
  name: 'latency',
  async run(rounds) {
    const sink = await startSink(answerMs)
    const figures = await inTurns([32, 128], rounds, (open) => measure('latency', [sink.url, open * 100, open]))
    sink.close()
    return {
      title: `A server that answers after ${answerMs} ms`,
      note: 'Events of many customers. Ideal is as many requests as may be open, each as long as the server takes.',
      head: ['open requests', 'events/s', 'ideal', '÷ ideal'],
      rows: [...figures].map(([open, all]) => {
        const rate = spreadOf(all, 'perSecond')
        const ideal = (open / answerMs) * 1_000
        return [String(open), withSpread(rate, 0), ideal.toLocaleString('en'), ratio(rate.median, ideal)]
      }),
    }
  },
}
