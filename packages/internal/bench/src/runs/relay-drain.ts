import { EventTracker } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createRelay } from '@obsidianlaunch/events-relay'
import { serve } from '@obsidianlaunch/events-relay/node'
import { failed, token } from '../contenders/contender.ts'

/**
 * In a process of its own: `relay-drain.ts tracker|relay FILE URL SECONDS`. Opens what is stored, alone or behind a relay, and
 * prints how many events a second go out, for so long or until there are none, and the most memory.
 */
const [who = '', file = '', baseUrl = '', seconds = ''] = process.argv.slice(2)
let count = 0
const tracker = new EventTracker({
  baseUrl,
  token,
  outbox: sqliteOutbox(file),
  onError: failed,
  onDelivered: () => count++,
})
if (who === 'relay') {
  const relay = createRelay(tracker, { anyone: true })
  await relay.start()
  await serve(relay, { port: 0, host: '127.0.0.1' })
} else {
  await tracker.start()
}
// Until its code is compiled.
await tracker.flush({ timeoutMs: 2_000 })
const before = count
const from = performance.now()
await tracker.flush({ timeoutMs: Number(seconds) * 1_000 })
const perSecond = ((count - before) / (performance.now() - from)) * 1_000
process.stdout.write(
  JSON.stringify({ perSecond, left: tracker.stats().pending, mostMB: process.resourceUsage().maxRSS / 1_000 }),
)
process.exit()
