import { peer, poolOf } from './peers.ts'
import { atOnce, type Deliver, type OpenQueue, pollMs, type QueuedEvent } from './queue.ts'

const queueName = 'events'
const applicationVersion = '1'

const quiet = (): void => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** A step that waits for its retry keeps the place of its workflow. */
export const dbos: OpenQueue = async (systemDatabaseUrl, { retrySeconds, attempts }) => {
  const { DBOS, DBOSClient } = peer('@dbos-inc/dbos-sdk')
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl, applicationVersion, runAdminServer: false, logger })
  let deliverNow: Deliver | undefined
  DBOS.registerWorkflow(
    (event: QueuedEvent) =>
      DBOS.runStep(() => deliverNow?.(event), {
        name: 'deliver',
        retriesAllowed: true,
        maxAttempts: attempts,
        intervalSeconds: retrySeconds,
        backoffRate: 1,
      }),
    { name: 'deliver' },
  )
  await DBOS.launch()
  const client = await DBOSClient.create({ systemDatabaseUrl, logger })
  const pool = poolOf(systemDatabaseUrl)
  return {
    /** One is stored by its client; the others are copies of its row, since it stores one at a time. */
    async add(events) {
      const [first, ...others] = events
      if (first === undefined) return
      const options = { queueName, workflowName: 'deliver', queuePartitionKey: first.customer }
      const { workflowID } = await client.enqueue(options, first)
      const keys = others.map(({ customer }) => customer)
      await pool.query(copies, [workflowID, JSON.stringify(first), keys, others.map((event) => JSON.stringify(event))])
    },
    async start(deliver) {
      deliverNow = deliver
      const limits = { workerConcurrency: atOnce, partitionConcurrency: 1, minPollingIntervalMs: pollMs }
      await DBOS.registerQueue(queueName, limits)
    },
    async stop() {
      await DBOS.shutdown()
      await client.destroy()
      await pool.end()
    },
  }
}

const copies = `
  WITH given AS (
    SELECT gen_random_uuid()::text AS id, customer, event, place
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS g (customer, event, place)
  ), inputs AS (
    INSERT INTO dbos.workflow_input
    SELECT copy.*
    FROM dbos.workflow_input AS first, given, jsonb_populate_record(first, jsonb_build_object(
      'workflow_uuid', id, 'inputs', replace(first.inputs, $2, event)
    )) AS copy
    WHERE first.workflow_uuid = $1
  )
  INSERT INTO dbos.workflow_status
  SELECT copy.*
  FROM dbos.workflow_status AS first, given, jsonb_populate_record(first, jsonb_build_object(
    'workflow_uuid', id, 'queue_partition_key', customer, 'created_at', first.created_at + place
  )) AS copy
  WHERE first.workflow_uuid = $1`
