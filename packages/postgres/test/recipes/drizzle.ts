import { enqueueStatement } from '@obsidianlaunch/events-postgres'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { Pool } from 'pg'

const invoice = pgTable('invoice', { customerId: text('customer_id').notNull() })

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] })
await drizzle({ client: pool }).transaction(async (tx) => {
  await tx.insert(invoice).values({ customerId: 'user123' })
  const { strings, values } = enqueueStatement([
    { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' },
  ])
  await tx.execute(sql(strings, ...values))
})
await pool.end()
