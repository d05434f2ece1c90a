import { performance } from 'node:perf_hooks'
import { setTimeout as pass } from 'node:timers/promises'
import { EventTracker } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { migrate, postgresOutbox } from '@obsidianlaunch/events-postgres'
import { failed, token } from '../contenders/contender.ts'
import { entry, fill } from '../entries.ts'
import { pagesOf } from '../postgres/pages.ts'
import { countStatements } from '../postgres/server-load.ts'

/**
 * In a process of its own, over a database: `postgres.ts append URL CALLERS`, `postgres.ts take URL PENDING`,
 * `postgres.ts both URL SINK NAME CALLERS`, where several are to run at once, and `postgres.ts idle URL SINK`.
 */
const [what = '', url = '', ...rest] = process.argv.slice(2)
const runMs = 5_000

async function append(outbox: Outbox, callers: number) {
  await outbox.append([entry(0)])
  return { perSecond: await inCallers(callers, (customer) => outbox.append([entry(customer)])) }
}

/** Calls again and again from so many callers, each when its last call has ended. @returns how many a second */
async function inCallers(callers: number, call: (customer: number) => PromiseLike<unknown> | readonly unknown[]) {
  const started = performance.now()
  let count = 0
  const caller = async (customer: number) => {
    for (; performance.now() < started + runMs; count++) await call(customer)
  }
  await Promise.all(Array.from({ length: callers }, (_, customer) => caller(customer)))
  return (count / (performance.now() - started)) * 1_000
}

/** Takes 32 events out and puts others in, so that the backlog stays. Only the taking is measured. */
async function take(outbox: Outbox, pending: number) {
  await fill(outbox, pending)
  const times: number[] = []
  const end = performance.now() + runMs
  for (let turn = 0; performance.now() < end; turn++) {
    const started = performance.now()
    const claims = await outbox.claim(32, 21_000, 'oldest')
    await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
    times.push(performance.now() - started)
    await outbox.append(claims.map((_, n) => entry(turn * 32 + n * 7)))
  }
  const sorted = times.toSorted((a, b) => a - b)
  return { ms: sorted[Math.floor(sorted.length / 2)] ?? NaN, pages: await pagesOf(url) }
}

/** Stores and delivers at once, as each of several machines does. */
async function both(sink: string, name: string, callers: number) {
  let out = 0
  const outbox = postgresOutbox(url)
  const tracker = new EventTracker({ baseUrl: sink, token, onError: failed, outbox, onDelivered: () => void out++ })
  const numbers = new Map<number, number>()
  const call = (customer: number) => {
    // Each caller has customers of its own, and so numbers them in their order.
    const of = customer + callers * ((numbers.get(-1 - customer) ?? 0) % 8)
    numbers.set(-1 - customer, (numbers.get(-1 - customer) ?? 0) + 1)
    const number = numbers.get(of) ?? 0
    numbers.set(of, number + 1)
    return tracker.trackEvent(`customer-${of}`, `${name}-${number}`).stored
  }
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const inPerSecond = await inCallers(callers, call)
  const outPerSecond = (out / (performance.now() - started)) * 1_000
  await tracker.flush()
  const { user, system } = process.cpuUsage(cpu)
  return { inPerSecond, outPerSecond, cpuMicros: (user + system) / out }
}

/** Counts what a tracker asks the server that has nothing to do. */
async function idle(sink: string) {
  const asked = countStatements(/./)
  const outbox = postgresOutbox(url)
  const tracker = new EventTracker({ baseUrl: sink, token, onError: failed, outbox })
  await tracker.trackEvent('customer-0', 'first')
  await pass(3_000)
  const before = asked()
  await pass(20_000)
  return { perSecond: (asked() - before) / 20 }
}

const runs: Record<string, () => Promise<object>> = {
  append: () => append(postgresOutbox(url), Number(rest[0])),
  take: () => take(postgresOutbox(url), Number(rest[0])),
  both: () => both(rest[0] ?? '', rest[1] ?? '', Number(rest[2])),
  idle: () => idle(rest[0] ?? ''),
}
await migrate(url)
process.stdout.write(`${JSON.stringify(await runs[what]?.())}\n`)
process.exit()
