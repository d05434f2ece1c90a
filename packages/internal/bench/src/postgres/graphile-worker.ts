import { peer, poolOf } from './peers.ts'
import { atOnce, type OpenQueue, pollMs, type QueuedEvent } from './queue.ts'

/** It waits the longer the more often it has tried, by a rule of its own. */
export const graphileWorker: OpenQueue = async (connectionString, { attempts }) => {
  const { Logger, run, runMigrations } = peer('graphile-worker')
  const pool = poolOf(connectionString)
  const logger = new Logger(() => () => undefined)
  await runMigrations({ pgPool: pool, logger })
  let runner: { stop(): Promise<void> } | undefined
  return {
    async add(events) {
      const specs = events.map((event) => ({
        identifier: 'deliver',
        payload: event,
        queue_name: event.customer,
        max_attempts: attempts,
      }))
      await pool.query(
        `SELECT graphile_worker.add_jobs(
          (SELECT array_agg(s) FROM json_populate_recordset(NULL::graphile_worker.job_spec, $1::json) AS s))`,
        [JSON.stringify(specs)],
      )
    },
    async start(deliver) {
      const taskList = { deliver: (event: unknown) => deliver(event as QueuedEvent) }
      const options = { connectionString, concurrency: atOnce, maxPoolSize: 10, pollInterval: pollMs }
      runner = await run({ ...options, noHandleSignals: true, taskList, logger })
    },
    async stop() {
      await runner?.stop()
      await pool.end()
    },
  }
}
