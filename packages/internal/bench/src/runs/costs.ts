import { channel, tracingChannel } from 'node:diagnostics_channel'
import { EventTracker } from '@obsidianlaunch/events'
import { withCustomer } from '@obsidianlaunch/events/context'
import { bookVendorCalls } from '@obsidianlaunch/events/vendors'
import { event, failed, token } from '../contenders/contender.ts'

/**
 * In a process of its own: `costs.ts URL`. Prints what booking, a customer in context and a listener cost the thread, each
 * in the median of many bursts. Requests are told of as Node tells of them, but not made: a request itself varies by more.
 */
const [baseUrl = ''] = process.argv.slice(2)
const burst = 50
const bursts = 2_000
let left = 0
let drained: () => void = () => undefined
const onDelivered = () => void (--left === 0 && drained())
const tracker = new EventTracker({ baseUrl, token, onDelivered, onError: failed })
const created = channel('undici:request:create')
const answered = channel('undici:request:headers')
const response = { statusCode: 200, headers: [], statusText: 'OK' }

/** A request as Node's own fetch makes it. */
const made = await new Promise<object>((resolve) => {
  const hear = (message: unknown) => {
    created.unsubscribe(hear)
    resolve((message as { request: object }).request)
  }
  created.subscribe(hear)
  // The first one tells what is Node's own; only the next ones are measured.
  const learn = bookVendorCalls({ trackEvent: () => undefined }, { '*': { event } })
  void withCustomer('customer', () => fetch(baseUrl)).finally(learn)
})

/** One request to a vendor, as far as its listeners are concerned. */
function request(origin: string): void {
  const own = { origin: { value: origin }, path: { value: '/v1/complete' }, method: { value: 'POST' } }
  const message = { request: Object.create(made, own) as object, response }
  created.publish(message)
  answered.publish(message)
}

/** Microseconds that one step takes, in the median; `events` are delivered before the next burst begins. */
async function micros(step: (n: number) => void, events = 0): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < bursts; n++) {
    left = events
    const delivered = events > 0 ? new Promise<void>((resolve) => (drained = resolve)) : undefined
    const started = process.hrtime.bigint()
    for (let at = 0; at < burst; at++) step(at)
    times.push(Number(process.hrtime.bigint() - started) / 1_000 / burst)
    await delivered
  }
  return times.slice(bursts / 4).toSorted((a, b) => a - b)[Math.floor((bursts * 3) / 8)] ?? NaN
}

const call = await micros((n) => void tracker.trackEvent(`customer-${n}`, event), burst)
const property = { host: 'api.example.com', method: 'POST', status: 200, durationMs: 120 }
const full = await micros((n) => void tracker.trackEvent(`customer-${n}`, event, { property }), burst)
const plain = await micros(() => void Math.sqrt(2))
const context = await micros((n) => void withCustomer(`customer-${n}`, () => Math.sqrt(2)))
const stop = bookVendorCalls(tracker, { 'api.example.com': { event }, '*.example.net': { event } })
const noRule = await micros(() => request('https://api.other.com'))
const matched = await micros((n) => withCustomer(`customer-${n}`, () => request('https://api.example.com')), burst)
stop()
const nobodyListens = await micros(() => request('https://api.other.com'))
tracingChannel('obsidianlaunch:event').asyncEnd.subscribe(() => undefined)
const heard = await micros((n) => void tracker.trackEvent(`customer-${n}`, event), burst)
const over = matched - full - nobodyListens
const figures = { call, full, heard, noRule: noRule - nobodyListens, matched, over, context: context - plain }
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit()
