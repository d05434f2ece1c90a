/** A relay that waits less for the API than the command does. Its options come as JSON in its only argument. */
import { EventTracker, installShutdownHandlers, type TrackerOptions } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createRelay } from '@obsidianlaunch/events-relay'
import { serve } from '@obsidianlaunch/events-relay/node'
import { RelayProcess, type RelayProgramOptions } from '../../src/relay-process.ts'

export type Patience = Pick<TrackerOptions, 'backoff' | 'maxDeliveryMs' | 'attemptTimeoutMs'>

/** This program in a process of its own. */
export class ImpatientRelay extends RelayProcess {
  readonly #patience: Patience

  constructor(options: RelayProgramOptions, patience: Patience) {
    super(options)
    this.#patience = patience
  }

  protected override command(): string[] {
    return [import.meta.filename, JSON.stringify({ ...this.options, patience: this.#patience })]
  }
}

async function run(given: string): Promise<void> {
  const {
    port,
    upstream,
    file,
    origin,
    key = '',
    patience,
  } = JSON.parse(given) as RelayProgramOptions & {
    patience: Patience
  }
  const tracker = new EventTracker({ baseUrl: upstream, outbox: sqliteOutbox(file), logger: console, ...patience })
  const relay = createRelay(tracker, { origins: [origin], keys: [key], logger: console })
  await relay.start()
  const serving = await serve(relay, { port, host: '127.0.0.1' })
  installShutdownHandlers({
    shutdown: async (options) => {
      const [report] = await Promise.all([relay.stop(options), serving.close()])
      return report
    },
  })
  process.stdout.write(`${JSON.stringify({ type: 'started', url: serving.url })}\n`)
}

if (import.meta.main) await run(process.argv[2] ?? '')
