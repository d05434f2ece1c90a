import { measure, spreadOf } from '../measure.ts'
import { kinds, type KindName } from '../relay/kinds.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

/** An hour of a hundred requests a second. */
const requests = 360_000
const names: KindName[] = ['stored', 'nothing']
const tenths = [1, 2, 5, 10]

export const relayMemory: Benchmark = {
  name: 'relay-memory',
  async run() {
    const figures = await againstSink(names, 1, (name, url) => measure('relay-memory', [name, url, requests]))
    return {
      title: 'The memory of a relay',
      note: `Resident MB in the course of ${requests.toLocaleString('en')} requests, which is an hour of a hundred a second in fast motion, garbage collected.`,
      head: ['', ...tenths.map((tenth) => `after ${tenth} tenth${tenth === 1 ? '' : 's'}`)],
      rows: names.map((name) => {
        const resident = tenths.map((tenth) => withSpread(spreadOf(figures.get(name), `mb${tenth}`), 0))
        return [kinds[name].title].concat(resident)
      }),
    }
  },
}
