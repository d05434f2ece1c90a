import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

export const queue: Benchmark = {
  name: 'queue',
  async run(rounds) {
    const cases = [20_000, 200_000].flatMap((events) => ['one', 'each'].map((customers) => ({ events, customers })))
    const figures = await againstSink(cases, rounds, ({ events, customers }, url) =>
      measure('queue', [url, events, customers], ['--expose-gc']),
    )
    return {
      title: 'A full queue',
      note: 'Heap an event, queued and after the last one has been delivered; time an event while the queue drains, and how late the event loop is meanwhile. One customer means one request after the other.',
      head: ['', 'heap B', 'heap B after', 'µs an event', 'loop delay p99 ms'],
      rows: cases.map((key) => {
        const of = (name: string) => spreadOf(figures.get(key), name)
        const customers = key.customers === 'one' ? 'of one customer' : 'of a customer each'
        return [
          `${key.events.toLocaleString('en')} events ${customers}`,
          withSpread(of('bytes'), 0),
          withSpread(of('leftBytes'), 0),
          withSpread(of('micros')),
          withSpread(of('delayP99Ms')),
        ]
      }),
    }
  },
}
