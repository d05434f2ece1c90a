import { peer } from './peers.ts'
import { atOnce, Loops, type OpenQueue, type QueuedEvent } from './queue.ts'

interface Job {
  id: string
  data: QueuedEvent
}

export const pgBoss: OpenQueue = async (connectionString, { retrySeconds, attempts }) => {
  const { PgBoss } = peer('pg-boss')
  const boss = new PgBoss({ connectionString, max: 8 })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue('events', {
    policy: 'key_strict_fifo',
    retryLimit: attempts - 1,
    retryDelay: retrySeconds,
    retryBackoff: false,
  })
  const loops = new Loops()
  return {
    async add(events) {
      await boss.insert(
        'events',
        events.map((event) => ({ data: event, singletonKey: event.customer })),
      )
    },
    async start(deliver) {
      loops.start(async () => {
        const jobs = (await boss.fetch('events', { batchSize: atOnce })) as Job[]
        const failed: string[] = []
        await Promise.all(jobs.map(({ id, data }) => deliver(data).catch(() => failed.push(id))))
        const done = jobs.map(({ id }) => id).filter((id) => !failed.includes(id))
        if (done.length > 0) await boss.complete('events', done)
        if (failed.length > 0) await boss.fail('events', failed)
        return jobs.length
      })
    },
    async stop() {
      await loops.stop()
      await boss.stop({ graceful: false })
    },
  }
}
