import {
  EventTracker,
  getDefaultTracker,
  identifyCustomer,
  installShutdownHandlers,
  type Receipt,
  trackEvent,
} from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'

function tell({ status }: Receipt): void {
  process.stdout.write(`${status}\n`)
}

function trackAndSignal(): void {
  const tracker = new EventTracker()
  installShutdownHandlers(tracker, { timeoutMs: 600_000 })
  for (let n = 0; n < 10; n++) tracker.trackEvent('user123', `event${n}`)
  process.kill(process.pid, 'SIGTERM')
}

function trackerWithOutbox(): EventTracker {
  return new EventTracker({ outbox: sqliteOutbox(process.env['OUTBOX'] ?? '') })
}

/** Programs of a few lines that a case runs in a process of their own, by name. */
const programs: Record<string, () => void | Promise<void>> = {
  leave() {
    for (let n = 0; n < 10; n++) trackEvent('user123', `event${n}`)
  },

  async 'shut-down'() {
    const tracker = new EventTracker()
    for (let n = 0; n < 100; n++) tracker.trackEvent(`user${n}`, 'x')
    process.stdout.write(JSON.stringify(await tracker.shutdown({ timeoutMs: 100 })))
  },

  signal: trackAndSignal,

  'two-signals'() {
    // Not before the first one was heard: two at once are one.
    process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM'))
    trackAndSignal()
  },

  async guide() {
    tell(await identifyCustomer('user123', 'John Doe', 'john@example.com', { plan: 'premium' }))
    tell(await trackEvent('user123', 'button_click'))
    await getDefaultTracker().shutdown()
    tell(await trackEvent('user123', 'again'))
  },

  async 'store-and-die'() {
    const tracker = trackerWithOutbox()
    const deliveries = Array.from({ length: 10 }, (_, n) => tracker.trackEvent('user123', `event${n}`))
    await Promise.all(deliveries.map(({ stored }) => stored))
    process.stdout.write(JSON.stringify(deliveries.map(({ id }) => id)), () => process.kill(process.pid, 'SIGKILL'))
  },

  async 'go-on'() {
    const tracker = trackerWithOutbox()
    await tracker.start()
    process.stdout.write(JSON.stringify(await tracker.shutdown()))
  },
}

await programs[process.argv[2] ?? '']?.()
