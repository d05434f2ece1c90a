/* oxlint-disable typescript/unbound-method -- That methods may be unbound is what is tested. */
import { afterEach, expect, test, vi } from 'vitest'
import { EventTracker } from '../../src/index.ts'

const tracker = new EventTracker({ enabled: false })

afterEach(() => {
  vi.restoreAllMocks()
})

test('methods may be taken out of a tracker and passed around', async () => {
  const { trackEvent, identifyCustomer, stats, flush } = new EventTracker({ enabled: false })
  await trackEvent('user123', 'button_click')
  await identifyCustomer('user123', { name: 'John Doe' })
  await Promise.all(['user1', 'user2'].map((id) => [id, 'page_view'] as const).map((call) => trackEvent(...call)))
  expect(stats().accepted).toBe(4)
  expect(await flush()).toMatchObject({ pending: 0 })
})

test("a tracker works behind a Proxy, such as Vue's reactive, and as a prototype", async () => {
  for (const wrapped of [new Proxy(tracker, {}), Object.create(tracker) as EventTracker]) {
    expect(await wrapped.trackEvent('user123', 'button_click')).toMatchObject({ skipped: true })
  }
})

test('a class that extends it has the last word, and a test can spy on the prototype', async () => {
  class Prefixed extends EventTracker {
    override trackEvent(customerId: string, event: string) {
      return super.trackEvent(`acme-${customerId}`, event)
    }
  }
  const seen: string[] = []
  const prefixed = new Prefixed({ token: 'secret', beforeSend: (event) => (seen.push(event.customerId), null) })
  const { trackEvent } = prefixed
  await trackEvent('user123', 'button_click')
  expect(seen).toEqual(['acme-user123'])

  const spy = vi.spyOn(EventTracker.prototype, 'trackEvent')
  await tracker.trackEvent('user123', 'button_click')
  expect(spy).toHaveBeenCalledExactlyOnceWith('user123', 'button_click')
})

test('it shows no methods of its own: copies and comparisons see none', () => {
  expect(Object.keys(tracker)).toEqual([])
})
