import { enqueueStatement } from '@obsidianlaunch/events-postgres'
import knex from 'knex'

const db = knex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' })
await db.transaction(async (trx) => {
  await trx('invoice').insert({ customer_id: 'user123' })
  const { strings, values } = enqueueStatement([
    { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' },
  ])
  await trx.raw(strings.join('?'), values)
})
await db.destroy()
