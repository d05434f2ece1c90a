import { pathToFileURL } from 'node:url'
import { contenders } from '../contenders/index.ts'
import { inTurns, measure, spreadOf } from '../measure.ts'
import { entryOf } from '../packages.ts'
import { type Benchmark, withSpread } from '../table.ts'

const nothing = 'an empty script'

export const cold: Benchmark = {
  name: 'import',
  async run(rounds) {
    const packages = Object.values(contenders).flatMap((entry) => entry.package ?? [])
    // Starting a process takes less than what else the machine does may add: more rounds, and the least counts too.
    const figures = await inTurns([nothing, ...packages], rounds * 3, async (name) => {
      const started = performance.now()
      await measure('import', name === nothing ? [] : [pathToFileURL(entryOf(name, 'node')).href])
      return { ms: performance.now() - started }
    })
    const empty = spreadOf(figures.get(nothing), 'ms')
    return {
      title: 'Cold import',
      note: 'A process that imports the package and ends, over one that imports nothing: in the median, and in the least of all.',
      head: ['', 'ms', 'ms over an empty script', 'least over least'],
      rows: [...figures].map(([name, all]) => {
        const ms = spreadOf(all, 'ms')
        const over = (ms.median - empty.median).toFixed(1)
        return [name, withSpread(ms), over, (ms.least - empty.least).toFixed(1)]
      }),
    }
  },
}
