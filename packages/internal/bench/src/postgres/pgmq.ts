import { readFile } from 'node:fs/promises'
import { poolOf } from './peers.ts'
import { atOnce, Loops, type OpenQueue, type QueuedEvent } from './queue.ts'

interface Message {
  msg_id: string
  read_ct: number
  message: QueuedEvent
}

const leaseSeconds = 61

/** Its SQL is in no registry of ours: PGMQ_SQL is the path of pgmq-extension/sql/pgmq.sql of its repository. */
export const pgmqSql = process.env['PGMQ_SQL']

export const pgmq: OpenQueue = async (url, { retrySeconds, attempts: most }) => {
  const pool = poolOf(url)
  await pool.query(await readFile(pgmqSql ?? '', 'utf8'))
  await pool.query("SELECT pgmq.create('events')")
  await pool.query("SELECT pgmq.create_fifo_index('events')")
  const loops = new Loops()
  return {
    async add(events) {
      const bodies = events.map((event) => JSON.stringify(event))
      const headers = events.map(({ customer }) => JSON.stringify({ 'x-pgmq-group': customer }))
      await pool.query("SELECT pgmq.send_batch('events', $1::jsonb[], $2::jsonb[])", [bodies, headers])
    },
    async start(deliver) {
      loops.start(async () => {
        const { rows } = (await pool.query("SELECT * FROM pgmq.read_grouped_head('events', $1, $2)", [
          leaseSeconds,
          atOnce,
        ])) as { rows: Message[] }
        const failed: Message[] = []
        await Promise.all(rows.map((row) => deliver(row.message).catch(() => failed.push(row))))
        const done = rows.filter((row) => !failed.includes(row)).map(({ msg_id }) => msg_id)
        if (done.length > 0) await pool.query("SELECT pgmq.delete('events', $1::bigint[])", [done])
        for (const { msg_id, read_ct } of failed) {
          if (read_ct < most)
            await pool.query("SELECT pgmq.set_vt('events', $1::bigint, $2::integer)", [msg_id, retrySeconds])
          else await pool.query("SELECT pgmq.archive('events', $1::bigint)", [msg_id])
        }
        return rows.length
      })
    },
    async stop() {
      await loops.stop()
      await pool.end()
    },
  }
}
