/**
 * A process whose wall clock jumps: `node clock-child.ts FILE JUMP...`, each jump in milliseconds ahead of the real time.
 * The first holds from the start; each later one comes after another failed attempt. Then the API takes everything. It
 * prints the totals and how many requests there were.
 */
let aheadMs = 0
const realNow = Date.now
const RealDate = Date

// Before the package is loaded, which may keep what it finds.
Date.now = () => realNow() + aheadMs
globalThis.Date = class extends RealDate {
  constructor(given: number | string = realNow() + aheadMs) {
    super(given)
  }
} as DateConstructor

const [file = '', ...jumps] = process.argv.slice(2)
aheadMs = Number(jumps.shift())

const { EventTracker } = await import('../../../src/index.ts')
const { sqliteOutbox } = await import('../../../src/outbox/sqlite/sqlite.ts')

let requests = 0
const headers = { date: new RealDate(realNow()).toUTCString(), 'content-type': 'application/json' }

const tracker = new EventTracker({
  token: 'radioactive',
  baseUrl: 'https://events.example',
  outbox: sqliteOutbox(file),
  backoff: { baseMs: 1, capMs: 5 },
  onError: () => undefined,
  fetch: async () => {
    requests++
    if (jumps.length === 0) return new Response('{"success":true}', { headers })
    aheadMs = Number(jumps.shift())
    throw new TypeError('fetch failed')
  },
})

// Those behind the first of each customer meet the new time before any attempt of their own.
for (let n = 0; n < 30; n++) void tracker.trackEvent(`user${n % 3}`, `event${n}`)
await tracker.flush({ timeoutMs: 20_000 })
while (tracker.stats().pending > 0 && tracker.stats().dead === 0) await tracker.flush({ timeoutMs: 20_000 })
process.stdout.write(JSON.stringify({ ...(await tracker.shutdown()), requests }))
