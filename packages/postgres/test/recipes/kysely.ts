import { enqueueStatement } from '@obsidianlaunch/events-postgres'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] })
const db = new Kysely<{ invoice: { customer_id: string } }>({ dialect: new PostgresDialect({ pool }) })
await db.transaction().execute(async (trx) => {
  await trx.insertInto('invoice').values({ customer_id: 'user123' }).execute()
  const { strings, values } = enqueueStatement([
    { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' },
  ])
  await sql(strings, ...values).execute(trx)
})
await db.destroy()
