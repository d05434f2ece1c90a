import { EventTracker } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { failed, token } from '../contenders/contender.ts'
import { fill } from '../entries.ts'

/**
 * In a process of its own: `restart.ts fill FILE PENDING` leaves so many events in an outbox, `restart.ts open FILE URL`
 * opens it as the next start of a service does. Prints how long that takes from the start of the process to the first
 * answer of the API and the memory that is resident then, how many events a second go out from then on, and the most
 * memory.
 */
const [what, file = '', last = ''] = process.argv.slice(2)
const runMs = 5_000

async function leave(pending: number): Promise<void> {
  const outbox = sqliteOutbox(file)
  await fill(outbox, pending)
  await outbox.close()
}

async function open(url: string): Promise<void> {
  let firstMs = 0
  let firstMB = 0
  let count = 0
  const tracker = new EventTracker({
    baseUrl: url,
    token,
    outbox: sqliteOutbox(file),
    onError: failed,
    onDelivered() {
      if (count++ > 0) return
      firstMs = performance.now()
      firstMB = process.memoryUsage.rss() / 1e6
    },
  })
  await tracker.flush({ timeoutMs: runMs })
  const perSecond = (count / (performance.now() - firstMs)) * 1_000
  process.stdout.write(JSON.stringify({ firstMs, firstMB, perSecond, mostMB: process.resourceUsage().maxRSS / 1_000 }))
}

await (what === 'fill' ? leave(Number(last)) : open(last))
process.exit()
