// A service that tracks an event of a customer for each request, calls itself for each customer at once, and prints what the SDK was told.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const customers = Array.from({ length: 12 }, (_, index) => `customer${index}`)
/** @type {Promise<import('@obsidianlaunch/events').EventTracker> | undefined} */
let tracker
// Loaded by the first request, in the midst of its span: nothing of that may stay with the tracker.
const getTracker = () => (tracker ??= import('@obsidianlaunch/events').then(({ EventTracker }) => new EventTracker()))

const service = createServer((request, response) => {
  const track = async () => {
    const customer = request.url?.slice(1) ?? ''
    const loaded = await getTracker()
    await setTimeout(customers.length - customers.indexOf(customer))
    void loaded.trackEvent(customer, 'visit').settled()
    response.end('hello')
  }
  void track()
}).listen(0, '127.0.0.1')
await once(service, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (service.address())
await Promise.all(customers.map(async (customer) => (await fetch(`http://127.0.0.1:${port}/${customer}`)).text()))
const flushed = await (await getTracker()).flush()
// A client tells of the end of an answer a little later.
await setTimeout(100)
process.stdout.write(JSON.stringify({ flushed, ...(await globalThis.telemetry()) }), () => process.exit())
