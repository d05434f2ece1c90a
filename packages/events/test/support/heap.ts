/**
 * Measures the heap that a tracker takes, as JSON: for each queued event while it waits, and for all that is left of
 * events that were delivered, or dropped at a shutdown.
 *
 * Run it with: node --expose-gc test/support/heap.ts
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { EventTracker } from '../../src/tracker.ts'

/** Tracks `count` events, none awaited. */
type Load = (tracker: EventTracker, count: number) => void

const events = 20_000
const oneCustomer: Load = (tracker, count) => {
  const customer = randomUUID()
  for (let n = 0; n < count; n++) void tracker.trackEvent(customer, 'button_click')
}
const oneCustomerEach: Load = (tracker, count) => {
  for (let n = 0; n < count; n++) void tracker.trackEvent(randomUUID(), 'button_click')
}
const repeatedIds: Load = (tracker, count) => {
  for (let n = 0; n < count; n++) {
    const [customer, id] = [`user${n % 1_000}`, `job-${n}`]
    for (let call = 0; call < 2; call++) void tracker.trackEvent(customer, 'button_click', { id })
  }
}
const loads = { oneCustomer, oneCustomerEach, repeatedIds }

const onError = (): void => undefined

/** Settles nothing. */
function trackerThatWaits(): EventTracker {
  return new EventTracker({
    token: 'secret',
    baseUrl: 'http://127.0.0.1',
    fetch: () => new Promise(() => undefined),
    onError,
  })
}

/** Delivers at once, and every tenth event at the second attempt. */
function trackerThatDelivers(): EventTracker {
  let requests = 0
  const fetch = async (): Promise<Response> => new Response('{"success":true}', { status: ++requests % 11 ? 200 : 503 })
  return new EventTracker({
    token: 'secret',
    baseUrl: 'http://127.0.0.1',
    fetch,
    backoff: { baseMs: 1, capMs: 1 },
    onError,
  })
}

async function heapUsed(): Promise<number> {
  for (let pass = 0; pass < 5; pass++) {
    await turn()
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}

/** Bytes an event, while all of them wait: the middle one of some rounds, since the process itself gives back a few MB at times. */
async function waiting(load: Load): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < 4; round++) {
    const tracker = trackerThatWaits()
    const before = await heapUsed()
    load(tracker, events)
    rounds.push((await heapUsed()) - before)
    await tracker.shutdown({ timeoutMs: 0 })
  }
  // The first one warms up.
  const [, middle = 0] = rounds.slice(1).toSorted((a, b) => a - b)
  return Math.round(middle / events)
}

/** Bytes that are left when all events have been delivered, the tracker alive. */
async function left(load: Load): Promise<number> {
  const tracker = trackerThatDelivers()
  load(tracker, events / 5)
  await tracker.flush()
  let bytes: number
  do {
    const before = await heapUsed()
    load(tracker, events)
    await tracker.flush()
    bytes = (await heapUsed()) - before
    // The process itself has given something back meanwhile, which could hide a leak: once more.
  } while (bytes < -10 * events)
  const { delivered, accepted } = tracker.stats()
  if (delivered !== accepted) throw new Error(`only ${delivered} of ${accepted} events were delivered`)
  return bytes
}

/** Bytes that are left of events that a shutdown dropped, the tracker still referred to. */
async function leftAtShutdown(load: Load): Promise<number> {
  const tracker = trackerThatWaits()
  const before = await heapUsed()
  load(tracker, events)
  const { dropped } = await tracker.shutdown({ timeoutMs: 0 })
  const bytes = (await heapUsed()) - before
  if (dropped !== tracker.stats().accepted) throw new Error(`only ${dropped} events were dropped`)
  return bytes
}

const report: Record<string, { waiting: number; left: number; leftAtShutdown: number }> = {}
for (const [name, load] of Object.entries(loads))
  report[name] = { waiting: await waiting(load), left: await left(load), leftAtShutdown: await leftAtShutdown(load) }
process.stdout.write(`${JSON.stringify(report)}\n`)
