/** A process that tracks 400 events of 20 customers and flushes: `node stopped-child.ts URL FILE`. It prints the totals. */
import { EventTracker } from '../../../src/index.ts'
import { sqliteOutbox } from '../../../src/outbox/sqlite/sqlite.ts'

const [baseUrl = '', file = ''] = process.argv.slice(2)

// Leases last for twice an attempt and a second: 4 s.
const tracker = new EventTracker({
  token: 'radioactive',
  baseUrl,
  outbox: sqliteOutbox(file),
  attemptTimeoutMs: 1_500,
  onError: () => undefined,
})

for (let n = 0; n < 400; n++) void tracker.trackEvent(`user${n % 20}`, `event${n}`)
const report = await tracker.flush({ timeoutMs: 60_000 })
process.stdout.write(JSON.stringify(report))
await tracker.shutdown({ timeoutMs: 1_000 })
