/** A relay as a program of its own. Its options come as JSON in its only argument. */
import { EventTracker, installShutdownHandlers } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createRelay } from '@obsidianlaunch/events-relay'
import { serve } from '@obsidianlaunch/events-relay/node'
import type { RelayProgramOptions } from './relay-process.ts'

const {
  port,
  upstream,
  token,
  file,
  relay: relayOptions,
  tracker: trackerOptions,
  maxBytes,
} = JSON.parse(process.argv[2] ?? '{}') as RelayProgramOptions

const tracker = new EventTracker({
  baseUrl: upstream,
  token,
  outbox: sqliteOutbox(file, maxBytes === undefined ? {} : { maxBytes }),
  ...trackerOptions,
  logger: console,
})
const relay = createRelay(tracker, { ...relayOptions, logger: console })
await relay.start()
const serving = await serve(relay, { port, host: '127.0.0.1' })
installShutdownHandlers({
  shutdown: async (options) => {
    const [report] = await Promise.all([relay.stop(options), serving.close()])
    return report
  },
})
process.stdout.write(`http://127.0.0.1:${serving.port}\n`)
