import { peer, poolOf } from './peers.ts'
import { atOnce, type OpenQueue, pollMs, type QueuedEvent } from './queue.ts'

const schema = 'public'
const table = 'outbox'
const nextMessagesName = 'next_outbox_messages'

/** The queue of pg-transactional-outbox: a message that has failed is tried again when its lock has run out. */
export const transactionalOutbox: OpenQueue = async (connectionString, { retrySeconds, attempts }) => {
  const { DatabaseSetup, getDisabledLogger, initializePollingMessageListener } = peer('pg-transactional-outbox')
  const pool = poolOf(connectionString)
  const user = new URL(connectionString).username
  const setup = { outboxOrInbox: 'outbox', database: '', schema, table, listenerRole: user, nextMessagesName }
  await pool.query(DatabaseSetup.dropAndCreateTable(setup))
  await pool.query(DatabaseSetup.createPollingFunction(setup))
  await pool.query(DatabaseSetup.setupPollingIndexes(setup))
  let end: (() => Promise<void>) | undefined
  return {
    async add(events) {
      await pool.query(
        `INSERT INTO ${schema}.${table}
          (id, aggregate_type, aggregate_id, message_type, segment, payload, created_at)
        SELECT gen_random_uuid(), 'customer', e->>'customer', 'event', e->>'customer', e,
          clock_timestamp() + n * interval '1 microsecond'
        FROM json_array_elements($1::json) WITH ORDINALITY AS given (e, n)`,
        [JSON.stringify(events)],
      )
    },
    async start(deliver) {
      const database = { connectionString, max: 10 }
      const config = {
        outboxOrInbox: 'outbox',
        dbListenerConfig: database,
        dbHandlerConfig: database,
        settings: {
          dbSchema: schema,
          dbTable: table,
          nextMessagesFunctionName: nextMessagesName,
          nextMessagesBatchSize: atOnce,
          nextMessagesLockInMs: retrySeconds * 1_000,
          nextMessagesPollingIntervalInMs: pollMs,
          enableMaxAttemptsProtection: true,
          maxAttempts: attempts,
          enablePoisonousMessageProtection: false,
        },
      }
      const handler = { handle: ({ payload }: { payload: QueuedEvent }) => deliver(payload) }
      const [shutdown] = initializePollingMessageListener(config, handler, getDisabledLogger(), {
        batchSizeStrategy: async () => atOnce,
      })
      end = shutdown
    },
    async stop() {
      await end?.()
      await pool.end()
    },
  }
}
