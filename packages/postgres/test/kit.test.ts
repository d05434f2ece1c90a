import { outboxCases, type OutboxUnderTest } from '@obsidianlaunch/events/outbox-kit'
import { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'
const url = 'postgres://postgres@127.0.0.1:54329/postgres'
let n = 0
const pool = new Pool({ connectionString: url })
afterAll(() => pool.end())
async function subject(): Promise<OutboxUnderTest> {
  const schema = `kit_${process.pid}_${n++}`
  await migrate(url, { schema })
  const open = () => postgresOutbox(url, { schema })
  const opened: ReturnType<typeof open>[] = []
  const make = () => {
    const o = open()
    opened.push(o)
    return o
  }
  return {
    outbox: make(),
    reopen: make,
    another: make,
    kill: (outbox) => {
      opened.splice(opened.indexOf(outbox), 1)
    },
    dispose: async () => {
      for (const o of opened) await o.close()
      await pool.query(`drop schema ${schema} cascade`)
    },
  }
}
test.each(outboxCases({ durable: true, shared: true }))('$name', async ({ run }) => {
  await expect(run(subject)).resolves.toBeUndefined()
})
