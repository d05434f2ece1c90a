import { EventTracker } from '@obsidianlaunch/events'
import { event, failed, token } from '../contenders/contender.ts'
import { contenders } from '../contenders/index.ts'
import { underLoad } from '../load.ts'

/** In a process of its own: `latency.ts URL EVENTS OPEN dispatch|tracker`. Prints how fast a slow server is kept busy. */
const [baseUrl = '', events = '', open = '', who = ''] = process.argv.slice(2)

async function dispatchLoad(): Promise<(count: number) => Promise<void>> {
  const { dispatch } = contenders
  if (dispatch === undefined) throw new Error('No contender dispatch')
  const load = await underLoad({ ...dispatch, atOnce: Number(open) }, baseUrl)
  return (count) => load.send(count)
}

function trackerLoad(): (count: number) => Promise<unknown> {
  const tracker = new EventTracker({ baseUrl, token, concurrency: Number(open), onError: failed })
  return (count) => {
    for (let n = 0; n < count; n++) void tracker.trackEvent(`customer-${n}`, event)
    return tracker.flush()
  }
}

const send = who === 'dispatch' ? await dispatchLoad() : trackerLoad()
await send(Number(open) * 4)
const started = performance.now()
await send(Number(events))
process.stdout.write(`${JSON.stringify({ perSecond: (Number(events) / (performance.now() - started)) * 1_000 })}\n`)
process.exit()
