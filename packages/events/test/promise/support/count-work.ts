/**
 * A program that counts how often the pieces of the package's code run, by the engine's own coverage: work, not time.
 *
 * Arguments: what to do, with how many events. Prints the count.
 */
import { Session } from 'node:inspector/promises'
import type { EventTracker as Tracker, TrackerOptions } from '../../../src/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

type Make = (options?: TrackerOptions) => Tracker

const [task = '', count = '0'] = process.argv.slice(2)
const clock = new FakeClock()

async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise<void>((next) => setImmediate(next))
}

/** As many events as are given, each with a budget of its own, of which one is on its way and never answered. */
function track(tracker: Tracker, events: number): void {
  for (let n = 0; n < events; n++) {
    void tracker.trackEvent(`user${n}`, 'x', { id: `job-${n}`, maxDeliveryMs: 1_000_000 + n }).settled()
  }
}

const tasks: Record<string, (make: Make, events: number) => Promise<void>> = {
  shutdown: async (make, events) => {
    const tracker = make()
    track(tracker, events)
    await turns()
    const closing = tracker.shutdown({ timeoutMs: 0 })
    await clock.pass(0, turns)
    await closing
  },
  'an erasure': async (make, events) => {
    const tracker = make()
    track(tracker, events)
    await turns()
    await tracker.forget('user5')
  },
  'budgets that end one after another': async (make, events) => {
    track(make(), events)
    await turns()
    await clock.pass(1_000_000 + events, turns)
  },
  'attempts that end one after another': async (make, events) => {
    const tracker = make({ fetch: async () => new Response('{}', { status: 200 }) })
    track(tracker, events)
    while (tracker.stats().pending > 0) await turns()
  },
  'a queue that drops the oldest': async (make, events) => {
    const tracker = make({ queue: { maxEvents: events / 2, overflow: 'drop-oldest' } })
    track(tracker, events)
    await turns()
  },
  'a full queue that drops the oldest behind an attempt that hangs': async (make, events) => {
    const tracker = make({ queue: { maxEvents: events, overflow: 'drop-oldest' } })
    track(tracker, events)
    await turns()
    for (let n = 0; n < events; n++) void tracker.trackEvent(`later${n}`, 'x').settled()
    await turns()
  },
}

async function main(): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  // Before the code is loaded: what is compiled by then is counted by whole functions only.
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const { EventTracker } = await import('../../../src/index.ts')
  const make: Make = (options) =>
    new EventTracker({
      token: 'radioactive',
      baseUrl: 'http://127.0.0.1:9',
      fetch: () => new Promise(() => undefined),
      clock,
      concurrency: 1,
      attemptTimeoutMs: 10_000_000,
      onError: () => undefined,
      ...options,
    })
  await tasks[task]?.(make, Number(count))
  const { result } = await session.post('Profiler.takePreciseCoverage')
  let work = 0
  for (const { url, functions } of result) {
    if (!/\/events\/src\//.test(url)) continue
    for (const { ranges } of functions) for (const range of ranges) work += range.count
  }
  process.stdout.write(String(work), () => process.exit(0))
}

void main()
