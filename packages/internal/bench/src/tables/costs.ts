import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

export const costs: Benchmark = {
  name: 'costs',
  async run(rounds) {
    const figures = await againstSink(['costs'], rounds, (_key, url) => measure('costs', [url]))
    const row = (title: string, name: string) => [title, withSpread(spreadOf(figures.get('costs'), name), 2)]
    return {
      title: 'Calls of vendors, and a customer in context',
      note: 'What it costs the thread: a request of undici as its listeners hear of it, more than where nobody listens; a tracking call that nobody awaits, for comparison.',
      head: ['', 'µs'],
      rows: [
        row('a request that no rule is for', 'noRule'),
        row('a request that becomes an event', 'matched'),
        row('a tracking call', 'call'),
        row('a tracking call with the same property', 'full'),
        row('the request, beyond that call', 'over'),
        row('a tracking call with a listener on `obsidianlaunch:event`', 'heard'),
        row('`withCustomer`', 'context'),
      ],
    }
  },
}
