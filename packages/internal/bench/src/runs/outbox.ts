import { execFileSync } from 'node:child_process'
import { fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { EventTracker } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { event, failed, token } from '../contenders/contender.ts'
import { entry, fill } from '../entries.ts'

/**
 * In a process of its own: `outbox.ts append CALLERS`, `outbox.ts append-own-ids CALLERS`, `outbox.ts take PENDING` or
 * `outbox.ts deliver CALLERS URL`. Prints how many events a second an outbox in a file takes in, gives out, or both.
 * `outbox.ts sync BYTES` prints how often a second the disk confirms so many bytes.
 */
const [what = '', size = '', url = ''] = process.argv.slice(2)
const runMs = 3_000
const folder = mkdtempSync(join(tmpdir(), 'outbox-'))
const outbox = sqliteOutbox(join(folder, 'events.db'))
const delay = monitorEventLoopDelay({ resolution: 1 })

/** Calls again and again from so many callers, each when its last call has ended, until the time is over. */
async function inCallers(callers: number, call: (customer: number) => Answer): Promise<number> {
  const end = performance.now() + runMs
  let count = 0
  const caller = async (customer: number) => {
    for (; performance.now() < end; count++) await call(customer)
  }
  await Promise.all(Array.from({ length: callers }, (_, customer) => caller(customer)))
  return count
}

type Answer = PromiseLike<unknown> | readonly unknown[]

/** Takes events out and puts others in, so that the backlog stays. */
async function take(from: Outbox): Promise<number> {
  const end = performance.now() + runMs
  let count = 0
  while (performance.now() < end) {
    const claims = await from.claim(32, 21_000, 'oldest')
    await from.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
    await from.append(claims.map((_, n) => entry(count + n * 7)))
    count += claims.length
  }
  return count
}

async function deliver(callers: number): Promise<number> {
  const tracker = new EventTracker({ baseUrl: url, token, onError: failed, outbox })
  const count = await inCallers(callers, (customer) => tracker.trackEvent(`customer-${customer}`, event).stored)
  await tracker.flush()
  return count
}

/** Over and over in a file that does not grow, like a log that is written anew. */
function sync(bytes: number): number {
  const places = 300
  const file = openSync(join(folder, 'log'), 'w')
  const written = Buffer.alloc(bytes, 1)
  for (let place = 0; place < places; place++) writeSync(file, written)
  fsyncSync(file)
  const end = performance.now() + runMs
  let count = 0
  for (; performance.now() < end; count++) {
    writeSync(file, written, 0, bytes, (count % places) * bytes)
    fsyncSync(file)
  }
  return count
}

const runs: Record<string, () => Promise<number>> = {
  append: () => inCallers(Number(size), (customer) => outbox.append([entry(customer)])),
  'append-own-ids': () => inCallers(Number(size), (customer) => outbox.append([entry(customer, false)])),
  take: () => take(outbox),
  deliver: () => deliver(Number(size)),
  sync: async () => sync(Number(size)),
}
if (what === 'take') {
  await fill(outbox, Number(size))
  // What filling has left to write must not be paid for in the measurement.
  execFileSync('sync')
}
// The first call opens the file.
else if (what.startsWith('append')) await outbox.append([entry(0)])
delay.enable()
const started = performance.now()
const count = (await runs[what]?.()) ?? NaN
const ms = performance.now() - started
delay.disable()
process.stdout.write(`${JSON.stringify({ perSecond: (count / ms) * 1_000, delayP99Ms: delay.percentile(99) / 1e6 })}\n`)
await outbox.close()
rmSync(folder, { recursive: true })
process.exit()
