import { dbos } from './dbos.ts'
import { graphileWorker } from './graphile-worker.ts'
import { ours } from './ours.ts'
import { pgBoss } from './pg-boss.ts'
import { pgmq, pgmqSql } from './pgmq.ts'
import type { OpenQueue } from './queue.ts'
import { transactionalOutbox } from './transactional-outbox.ts'

interface Entry {
  readonly title: string
  readonly open: OpenQueue
  /** The statement by which it looks for what is to be delivered. */
  readonly poll: RegExp
  /** The package, where it is one of the peers. */
  readonly package?: string
}

export const queues: Record<string, Entry> = {
  ours: { title: 'postgresOutbox', open: ours, poll: /\.claim\(/ },
  ...(pgmqSql !== undefined && { pgmq: { title: 'pgmq, read_grouped_head', open: pgmq, poll: /read_grouped_head/ } }),
  'transactional-outbox': {
    title: 'pg-transactional-outbox, polling',
    open: transactionalOutbox,
    poll: /next_outbox_messages/,
    package: 'pg-transactional-outbox',
  },
  dbos: {
    title: 'DBOS, a queue with a partition for each customer',
    open: dbos,
    poll: /WITH RECURSIVE partitions/,
    package: '@dbos-inc/dbos-sdk',
  },
  'pg-boss': { title: 'pg-boss, key_strict_fifo', open: pgBoss, poll: /SKIP LOCKED/, package: 'pg-boss' },
  'graphile-worker': {
    title: 'graphile-worker, a queue for each customer',
    open: graphileWorker,
    poll: /get_job|skip locked/,
    package: 'graphile-worker',
  },
}
