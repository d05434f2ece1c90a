import { contenders } from '../contenders/index.ts'
import { underLoad } from '../load.ts'

/** In a process of its own: `throughput.ts NAME URL EVENTS`. Prints what it took. */
const [name = '', url = '', events = ''] = process.argv.slice(2)
const entry = contenders[name]
if (entry === undefined) throw new Error(`No contender ${name}`)
const load = await underLoad(entry, url)
const count = Number(events)
await load.send(Math.ceil(count / 4))
const started = performance.now()
const cpu = process.cpuUsage()
await load.send(count)
const { user, system } = process.cpuUsage(cpu)
const ms = performance.now() - started
process.stdout.write(`${JSON.stringify({ perSecond: (count / ms) * 1_000, cpuMicros: (user + system) / count })}\n`)
process.exit()
