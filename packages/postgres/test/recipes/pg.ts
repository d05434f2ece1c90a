import { enqueue } from '@obsidianlaunch/events-postgres'
import { Pool } from 'pg'

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] })
const client = await pool.connect()
try {
  await client.query('BEGIN')
  await client.query('INSERT INTO invoice (customer_id) VALUES ($1)', ['user123'])
  await enqueue(client, [{ operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' }])
  await client.query('COMMIT')
} catch (thrown) {
  await client.query('ROLLBACK')
  throw thrown
} finally {
  client.release()
}
await pool.end()
