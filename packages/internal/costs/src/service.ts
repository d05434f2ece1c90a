/**
 * A small service that calls two vendors for its customers. Each call becomes an event of the one for whom it was made:
 * `node src/service.ts`, with `MODEL_URL` and `MAIL_URL` for the vendors, `OUTBOX` for the file, and the variables of the tracker.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { EventTracker, installShutdownHandlers } from '@obsidianlaunch/events'
import { withCustomer } from '@obsidianlaunch/events/context'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { bookVendorCalls } from '@obsidianlaunch/events/vendors'

const { MODEL_URL = '', MAIL_URL = '', OUTBOX = 'events.db' } = process.env

const tracker = new EventTracker({ outbox: sqliteOutbox(OUTBOX) })
await tracker.start()
installShutdownHandlers(tracker)
bookVendorCalls(tracker, {
  [new URL(MODEL_URL).host]: { event: 'Model Call', category: 'AI' },
  [new URL(MAIL_URL).host]: {
    event: 'Mail Sent',
    category: 'Mail',
    property: ({ path, status }) => ({ path, status }),
  },
})

const server = createServer((incoming, response) => {
  // Whoever is signed in: here the request says so.
  const customer = incoming.headers['x-customer']
  void withCustomer(typeof customer === 'string' ? customer : null, async () => {
    await report(new URL(incoming.url ?? '', 'http://service').searchParams.get('number') ?? '')
    response.end('done')
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)

/** Work that knows of no customer: it calls one vendor by fetch, and the other by node:http. */
async function report(number: string): Promise<void> {
  const answer = await fetch(`${MODEL_URL}/complete?number=${number}`, { method: 'POST', body: 'Summarise the week' })
  await answer.text()
  await pass(1)
  await send(`${MAIL_URL}/reports/${number}`)
}

function send(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST' }, (answer) => answer.resume().on('end', resolve))
    outgoing.on('error', reject).end('Your report')
  })
}
