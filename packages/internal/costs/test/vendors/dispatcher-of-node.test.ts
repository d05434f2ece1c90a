import { bookVendorCalls, type VendorCall } from '@obsidianlaunch/events/vendors'
import { withCustomer } from '@obsidianlaunch/events/context'
import { expect, onTestFinished, test } from 'vitest'
import { startVendor } from './support/vendor.ts'

// In a file of its own: Node's own dispatcher is there only if fetch was called before undici was imported.
test("undici's interceptors on the dispatcher of Node itself: what they repeat is nobody's, never another customer's", async () => {
  await using vendor = await startVendor()
  await (await fetch(vendor.url)).text()
  const { getGlobalDispatcher, interceptors } = await import('undici')
  const dispatcher = getGlobalDispatcher().compose(interceptors.retry({ minTimeout: 1, maxTimeout: 2 }))
  const events: [string, string][] = []
  const tracker = {
    trackEvent: (customer: string, _event: string, { property }: { property: VendorCall }) =>
      events.push([customer, property.path]),
  }
  const rules = { '*': { event: 'Call', when: () => true, property: (call: VendorCall) => ({ ...call }) } }
  const stop = bookVendorCalls(tracker as never, rules, { logger: { warn: () => undefined } })
  onTestFinished(stop)
  const ask = async (path: string) => (await fetch(`${vendor.url}${path}`, { dispatcher: dispatcher as never })).text()
  for (let round = 0; round < 2; round++)
    await Promise.all(Array.from({ length: 50 }, (_, n) => withCustomer(`u${n}`, () => ask(`/busy/u${n}/${round}`))))
  for (const [customer, path] of events) expect(path).toContain(`/${customer}/`)
  expect(stop.stats()).toEqual({ booked: 100, notBilled: 0, withoutCustomer: 100 })
})
