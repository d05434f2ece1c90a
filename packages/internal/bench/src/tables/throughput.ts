import { contenders } from '../contenders/index.ts'
import { measure, spreadOf } from '../measure.ts'
import { againstSink } from '../sink.ts'
import { type Benchmark, ratio, withSpread } from '../table.ts'

export const throughput: Benchmark = {
  name: 'throughput',
  async run(rounds) {
    const names = Object.keys(contenders)
    const figures = await againstSink(names, rounds, (name, url) =>
      measure('throughput', [name, url, contenders[name]?.events ?? 0]),
    )
    const rate = (name: string) => spreadOf(figures.get(name), 'perSecond')
    const cpu = (name: string) => spreadOf(figures.get(name), 'cpuMicros')
    return {
      title: 'Events a second, one event a request',
      note: 'From the call to the answer of a server that does nothing, and the CPU time that the sending process took, compiler and garbage collector included, once it has warmed up. Ratios are to undici dispatch; the last column says how many times faster our tracker is.',
      head: ['', 'events/s', 'CPU µs an event', 'events/s ÷ dispatch', 'CPU ÷ dispatch', 'our tracker ÷ it'],
      rows: names.map((name) => [
        contenders[name]?.title ?? name,
        withSpread(rate(name), 0),
        withSpread(cpu(name)),
        ratio(rate(name).median, rate('dispatch').median),
        ratio(cpu(name).median, cpu('dispatch').median),
        ratio(rate('tracker').median, rate(name).median),
      ]),
    }
  },
}
