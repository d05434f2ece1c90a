import { EventTracker } from '@obsidianlaunch/events'
import { event, failed, token } from '../contenders/contender.ts'

/** In a process of its own: `latency.ts URL EVENTS CONCURRENCY`. Prints how fast a slow server is kept busy. */
const [baseUrl = '', events = '', concurrency = ''] = process.argv.slice(2)
const tracker = new EventTracker({ baseUrl, token, concurrency: Number(concurrency), onError: failed })

async function send(count: number): Promise<void> {
  for (let n = 0; n < count; n++) void tracker.trackEvent(`customer-${n}`, event)
  await tracker.flush()
}

await send(Number(concurrency) * 4)
const started = performance.now()
await send(Number(events))
process.stdout.write(`${JSON.stringify({ perSecond: (Number(events) / (performance.now() - started)) * 1_000 })}\n`)
process.exit()
