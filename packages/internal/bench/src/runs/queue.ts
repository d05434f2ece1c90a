import { monitorEventLoopDelay } from 'node:perf_hooks'
import { EventTracker } from '@obsidianlaunch/events'
import { event, failed, token } from '../contenders/contender.ts'

/** In a process of its own, with --expose-gc: `queue.ts URL EVENTS one|each`. Prints what a queued event weighs and costs. */
const [baseUrl = '', events = '', customers = ''] = process.argv.slice(2)
const count = Number(events)
const { gc } = globalThis
if (gc === undefined) throw new Error('Run it with --expose-gc')

let left = 0
let drained: () => void = () => undefined
const onDelivered = () => (--left === 0 ? drained() : undefined)
const tracker = new EventTracker({ baseUrl, token, onDelivered, onError: failed, queue: { maxEvents: count } })

function queue(howMany: number): Promise<void> {
  left = howMany
  for (let n = 0; n < howMany; n++) void tracker.trackEvent(customers === 'one' ? 'customer' : `customer-${n}`, event)
  return new Promise((resolve) => (drained = resolve))
}

async function heapUsed(): Promise<number> {
  await new Promise((turn) => setTimeout(turn, 50))
  gc?.()
  return process.memoryUsage().heapUsed
}

await queue(2_000)
const empty = await heapUsed()
const sent = queue(count)
gc()
const full = process.memoryUsage().heapUsed
const delay = monitorEventLoopDelay({ resolution: 1 })
const started = performance.now()
// What the calls themselves took in one go is the caller's, not the drain's.
await new Promise((turn) => setImmediate(turn))
delay.enable()
await sent
const ms = performance.now() - started
delay.disable()
const after = await heapUsed()
const result = {
  bytes: (full - empty) / count,
  leftBytes: (after - empty) / count,
  micros: (ms * 1_000) / count,
  delayP99Ms: delay.percentile(99) / 1e6,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit()
