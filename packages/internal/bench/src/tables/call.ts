import { contenders } from '../contenders/index.ts'
import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, ratio, withSpread } from '../table.ts'

export const call: Benchmark = {
  name: 'call',
  async run(rounds) {
    const names = Object.keys(contenders).filter((name) => name === 'tracker' || contenders[name]?.kind === 'peer')
    const figures = await againstSink(names, rounds, (name, url) => measure('call', [name, url]))
    const micros = (name: string) => spreadOf(figures.get(name), 'micros')
    return {
      title: 'What a call costs the thread that makes it',
      note: 'One tracking call that nobody awaits: the median of bursts of 50.',
      head: ['', 'µs a call', '÷ ours'],
      rows: names.map((name) => [
        contenders[name]?.title ?? name,
        withSpread(micros(name), 2),
        ratio(micros(name).median, micros('tracker').median),
      ]),
    }
  },
}
