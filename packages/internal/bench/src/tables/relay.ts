import { measure, spreadOf } from '../measure.ts'
import { kinds, type KindName } from '../relay/kinds.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, withSpread } from '../table.ts'

const connections = 64
const seconds = 5
const rate = 1_000

export const relay: Benchmark = {
  name: 'relay',
  async run(rounds) {
    const names = Object.keys(kinds) as KindName[]
    const once = async (name: KindName, url: string) => {
      const { p99Ms = NaN, ...ingest } = await measure('relay-ingest', [name, url, connections, seconds])
      const open = await measure('relay-latency', [name, url, rate, seconds])
      return { ...ingest, busyMs: p99Ms, p50Ms: open['p50Ms'] ?? NaN, p99Ms: open['p99Ms'] ?? NaN }
    }
    const figures = await againstSink(names, rounds, once)
    const spread = (name: KindName, what: string) => spreadOf(figures.get(name), what)
    /** Pairs of one round, since the machine is not the same in the next. */
    const share = (name: KindName) => {
      const pairs = (figures.get(name) ?? []).map((one, round) => ({
        share: (one['perSecond'] ?? NaN) / (figures.get('nothing')?.[round]?.['perSecond'] ?? NaN),
      }))
      return spreadOf(pairs, 'share')
    }
    return {
      title: 'A relay between pages and the API',
      note: `Requests a second over ${connections} connections, each with one request at a time, the share of what the same relay answers that stores nothing, and the CPU time of its process. Then the time of an answer where ${rate.toLocaleString('en')} requests a second come whether or not the others have been answered. The client, the relay and the API share the machine.`,
      head: ['', 'requests/s', '÷ without a store', 'CPU µs a request', 'p50 ms at 1,000/s', 'p99 ms at 1,000/s'],
      rows: names.map((name) => [
        kinds[name].title,
        withSpread(spread(name, 'perSecond'), 0),
        withSpread(share(name), 2),
        withSpread(spread(name, 'cpuMicros'), 0),
        withSpread(spread(name, 'p50Ms')),
        withSpread(spread(name, 'p99Ms')),
      ]),
    }
  },
}
