/**
 * A relay in a process of its own, as an operator runs it: `node --expose-gc relay-program.ts <RelayProgram as JSON>`. It says
 * its port once it is ready, and over IPC how it is.
 */
import { readdirSync } from 'node:fs'
import { EventTracker, type Outbox, type TrackerOptions, type TrackerStats } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { sqliteThreadOutbox } from '@obsidianlaunch/events/sqlite-thread'
import { createRelay, type RelayOptions } from '../../src/index.ts'
import { serve } from '../../src/node.ts'

/** Settings of the program. */
export interface RelayProgram {
  /** The file of the outbox; without one, and without a database, the relay is direct. */
  file?: string
  /** The address of the database that has the outbox. */
  database?: string
  /** The outbox has a thread of its own, as that of the command line has. */
  isThreaded?: boolean
  /** 0 lets the system choose one. */
  port: number
  /** Time after which a connection is cut on which nothing moves; left out, that of `serve`. */
  silenceMs?: number | undefined
  /** Time for the headers of a request; left out, that of `serve`. */
  headersMs?: number | undefined
  tracker: TrackerOptions
  relay: RelayOptions
}

/** The state of a relay that is asked how it is. */
export interface Looks {
  stats: TrackerStats
  /** All records of requests, as one text. */
  records: string
  heapMB: number
  residentMB: number
  /** Files and sockets that are open. */
  descriptors: number
  /** Connections of clients. */
  connections: number
}

const settings = JSON.parse(process.argv[2] ?? '') as RelayProgram
const outbox = await outboxOf(settings)
const tracker = new EventTracker({
  ...(outbox && { outbox }),
  onError: () => undefined,
  ...settings.tracker,
})
let records = ''
const relay = createRelay(tracker, {
  rateLimit: false,
  // Of a crowd the last ones are enough.
  onRequest: (record) => (records = `${records.slice(-1_000_000)}${JSON.stringify(record)}\n`),
  ...settings.relay,
})
await relay.start()
const serving = await serve(relay, { port: settings.port, host: '127.0.0.1' })
if (settings.silenceMs !== undefined) serving.server.timeout = settings.silenceMs
if (settings.headersMs !== undefined) serving.server.headersTimeout = settings.headersMs

process.on('message', async () => {
  const connections = await new Promise<number>((told) => serving.server.getConnections((_, count) => told(count)))
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const looks: Looks = {
    stats: tracker.stats(),
    records,
    heapMB: heapUsed / 1e6,
    residentMB: rss / 1e6,
    descriptors: readdirSync('/proc/self/fd').length,
    connections,
  }
  process.send?.(looks)
})
process.on('warning', (warning) => process.stderr.write(`${warning.stack}\n`))
// Without whoever started it it serves nobody.
process.on('disconnect', () => process.exit())
process.send?.(serving.port)

async function outboxOf({ file, isThreaded, database }: RelayProgram): Promise<Outbox | undefined> {
  if (file !== undefined) return isThreaded ? sqliteThreadOutbox(file) : sqliteOutbox(file)
  if (database === undefined) return undefined
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return postgresOutbox(database)
}
