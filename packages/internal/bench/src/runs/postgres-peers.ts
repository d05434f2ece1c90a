import { setTimeout as pass } from 'node:timers/promises'
import { poolOf } from '../postgres/peers.ts'
import type { Queue, QueuedEvent } from '../postgres/queue.ts'
import { queues } from '../postgres/queues.ts'
import { countStatements, serverCpuMs, serverOf } from '../postgres/server-load.ts'

/**
 * In a process of its own, over an empty database:
 * - `postgres-peers.ts NAME order URL` tells whether order is kept, whether others go on, and whether it goes past a dead event.
 * - `postgres-peers.ts NAME backlog URL EVENTS CUSTOMERS FAILING SECONDS` prints how much is delivered a second of what is pending.
 * - `postgres-peers.ts NAME live …` delivers what comes while all of that waits, and prints how long it takes.
 */
const [name = '', what = '', url = '', ...sizes] = process.argv.slice(2)
const [events = 0, customers = 0, failing = 0, seconds = 0] = sizes.map(Number)
const entry = entryOf(name)
const polls = countStatements(entry.poll)

function entryOf(queue: string) {
  const found = queues[queue]
  if (found === undefined) throw new Error(`No queue ${queue}`)
  return found
}

/** The deliveries of each customer, in the order in which they came. */
class Deliveries {
  readonly #last = new Map<string, number>()
  readonly #dead = new Set<string>()
  count = 0
  outOfOrder = 0

  lastOf(customer: string): number {
    return this.#last.get(customer) ?? -1
  }

  /** Lets the first event of a customer be missing. */
  bury(customer: string): void {
    this.#dead.add(customer)
  }

  add({ customer, n }: QueuedEvent): void {
    const last = this.#last.get(customer) ?? (this.#dead.has(customer) ? 0 : -1)
    if (n !== last + 1) this.outOfOrder++
    this.#last.set(customer, Math.max(last, n))
    this.count++
  }
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms
  while (!holds() && performance.now() < end) await pass(20)
  return holds()
}

/** Ten customers with ten events each: the first event of one fails once, the first of another one always. */
async function order() {
  const queue = await entry.open(url, { retrySeconds: 6, attempts: 3 })
  const names = Array.from({ length: 10 }, (_, customer) => `customer-${customer}`)
  for (let n = 0; n < 10; n++) await queue.add(names.map((customer) => ({ customer, n })))
  const done = new Deliveries()
  done.bury('customer-2')
  let failures = 0
  let retried = false
  let othersBefore = 0
  await queue.start(async (event) => {
    if (event.customer === 'customer-1' && event.n === 0) {
      if (failures++ === 0) throw new Error('once')
      retried = true
      othersBefore = done.count
    }
    if (event.customer === 'customer-2' && event.n === 0) throw new Error('always')
    done.add(event)
  })
  const healthy = names.slice(3)
  const haveAll = (of: string[]) => of.every((customer) => done.lastOf(customer) === 9)
  await until(() => retried && haveAll(healthy) && haveAll(['customer-1']), 60_000)
  const pastDead = await until(() => haveAll(['customer-2']), 30_000)
  await Promise.race([queue.stop(), pass(5_000)])
  const othersWentOn = othersBefore >= healthy.length * 10
  return { ordered: +(retried && done.outOfOrder === 0), others: +othersWentOn, pastDead: +pastDead }
}

async function fill(queue: Queue, of: number): Promise<void> {
  const perCustomer = events / of
  const batch = 5_000
  for (let n = 0; n < perCustomer; n++) {
    for (let first = 0; first < of; first += batch) {
      const size = Math.min(batch, of - first)
      await queue.add(Array.from({ length: size }, (_, at) => ({ customer: `customer-${first + at}`, n })))
    }
  }
}

/** A failing customer is every so many-th. */
function isFailing(customer: string, every: number): boolean {
  return Number(customer.slice('customer-'.length)) % every === 0
}

/** Lets a server do what filling it has left to do. @returns its process */
async function settled(): Promise<number> {
  const pool = poolOf(url, 1)
  await pool.query('VACUUM ANALYZE')
  await pool.query('CHECKPOINT')
  const backend = (await pool.query('SELECT pg_backend_pid() AS id')).rows[0].id
  const server = serverOf(backend)
  await pool.end()
  return server
}

async function backlog() {
  const queue = await entry.open(url, { retrySeconds: 60, attempts: 25 })
  await fill(queue, customers)
  const server = await settled()
  const done = new Deliveries()
  await queue.start(async (event) => {
    if (event.n === 0 && isFailing(event.customer, customers / failing)) throw new Error('fails')
    done.add(event)
  })
  await until(() => done.count > 0, 60_000)
  const [count, cpu, polled, started] = [done.count, serverCpuMs(server), polls(), performance.now()]
  await until(() => done.count === events, seconds * 1_000)
  const ms = performance.now() - started
  const delivered = done.count - count
  return {
    perSecond: (delivered / ms) * 1_000,
    cpuMicros: ((serverCpuMs(server) - cpu) / delivered) * 1_000,
    polls: polls() - polled,
    outOfOrder: done.outOfOrder,
  }
}

/** All that is pending is of the customers that fail; then others come. */
async function live() {
  const queue = await entry.open(url, { retrySeconds: 600, attempts: 25 })
  await fill(queue, failing)
  const server = await settled()
  const seen = new Set<string>()
  const sentAt = new Map<string, number>()
  const waits: number[] = []
  await queue.start(async (event) => {
    const at = sentAt.get(event.customer)
    if (at === undefined) {
      seen.add(event.customer)
      throw new Error('fails')
    }
    waits.push(performance.now() - at)
  })
  await until(() => seen.size === failing, 60_000)
  const [cpu, polled, started] = [serverCpuMs(server), polls(), performance.now()]
  let sent = 0
  while (performance.now() < started + seconds * 1_000) {
    const customer = `live-${sent++}`
    sentAt.set(customer, performance.now())
    await queue.add([{ customer, n: 0 }])
    await pass(Math.max(0, started + sent * 20 - performance.now()))
  }
  await until(() => waits.length === sent, seconds * 1_000)
  const waited = waits.concat(Array.from({ length: sent - waits.length }, () => Infinity)).toSorted((a, b) => a - b)
  return {
    failing: seen.size,
    sent,
    delivered: waits.length,
    p50Ms: waited[Math.floor(sent * 0.5)] ?? NaN,
    p99Ms: waited[Math.floor(sent * 0.99)] ?? NaN,
    pollCpuMs: (serverCpuMs(server) - cpu) / (polls() - polled),
    polls: polls() - polled,
  }
}

const runs: Record<string, () => Promise<object>> = { order, backlog, live }
process.stdout.write(`${JSON.stringify(await runs[what]?.())}\n`)
process.exit()
