import { type Answer, type Arrival, hang, ok, status } from '@obsidianlaunch/testkit/api'
import { expect, test, vi } from 'vitest'
import { inBrowser, show } from './browser.ts'

const patiently = { timeout: 60_000, interval: 50 }
/** A relay that takes its time: a browser has six connections to it, and asks no more at once. */
const slow: Answer = (...exchange) => void setTimeout(() => void ok(...exchange), 200)
const nameOf = ({ body }: Arrival): string => `${body.customer_id} ${body.event ?? ''}`
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `event${n}`)

test(
  'a tab that is closed in the middle loses nothing of what was queued',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      const tracker = newTracker({ authorization: 'pk_live_1' })
      for (let n = 0; n < 20; n++) for (const customer of ['ann', 'bob']) void tracker.trackEvent(customer, `event${n}`)
    })
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(2), patiently)
    relay.answer = slow
    // Hidden first, since a page that closes has half a second, and Chromium takes 3 to 20 ms of it for each request.
    await show(page, 'hidden')
    await page.close()
    for (const customer of ['ann', 'bob']) {
      await vi.waitFor(() => expect(new Set(relay.eventsOf(customer))).toEqual(new Set(names(20))), patiently)
    }
  }),
)

test(
  'events that are tracked as the page goes arrive, though none of them was sent before',
  inBrowser(async ({ relay, page }) => {
    await page.evaluate(() => {
      const tracker = newTracker({ authorization: 'pk_live_1' })
      addEventListener('pagehide', () => void tracker.trackEvent('ann', 'left'))
      void tracker.trackEvent('ann', 'came')
      location.href = '/elsewhere'
    })
    // They go side by side, as none of them was answered.
    await vi.waitFor(() => expect(new Set(relay.eventsOf('ann'))).toEqual(new Set(['came', 'left'])), patiently)
  }),
)

test.for(['pagehide', 'visibilitychange'])(
  'an event that is tracked when the page is told that it goes arrives, whoever is told first: %s',
  (type, context) =>
    inBrowser(async ({ relay, page }) => {
      await page.evaluate(async (told) => {
        const tracker = newTracker({ authorization: 'pk_live_1' })
        // It listens no more, and is told of nothing.
        await tracker.trackEvent('ann', 'came')
        await new Promise((passed) => setTimeout(passed, 0))
        const target = told === 'pagehide' ? window : document
        target.addEventListener(told, () => void tracker.trackEvent('ann', 'left'))
      }, type)
      // Not closed: Chromium tells such a page nothing where it has not answered for half a second.
      await page.goto('about:blank')
      await vi.waitFor(() => expect(relay.eventsOf('ann')).toEqual(['came', 'left']), patiently)
    })(context),
)

test(
  'the identity of each customer is asked for as the page goes, where the function needs no request for it',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      const tracker = newTracker({ authorization: async (customer) => `identity-of-${customer}` })
      for (let n = 0; n < 3; n++) for (const customer of ['ann', 'bob']) void tracker.trackEvent(customer, `event${n}`)
    })
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(2), patiently)
    relay.answer = slow
    await show(page, 'hidden')
    await page.close()
    await vi.waitFor(() => expect(relay.eventsOf('ann').length + relay.eventsOf('bob').length).toBe(6), patiently)
    for (const { headers, body } of relay.arrivals) {
      expect(headers.authorization).toBe(`Bearer identity-of-${body.customer_id}`)
    }
  }),
)

test(
  'what a page that was only hidden has handed over is not sent again once it was answered',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      const tracker = newTracker({ attemptTimeoutMs: 12_000 })
      const all = Array.from({ length: 5 }, (_, n) => tracker.trackEvent('ann', `event${n}`))
      Object.assign(globalThis, { tracker, all: Promise.all(all) })
    })
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(1), patiently)
    const answers: (() => void)[] = []
    relay.answer = (...exchange) => answers.push(() => void ok(...exchange))
    await show(page, 'hidden')
    await vi.waitFor(() => expect(answers).toHaveLength(4), patiently)
    relay.answer = ok
    for (const answer of answers.toReversed()) answer()
    await show(page, 'visible')
    // The first one hung, and is sent again when its time is up.
    const receipts = await page.evaluate<{ attempts: number }[]>('all')
    expect(receipts.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1, 1])
    expect(relay.arrivals).toHaveLength(6)
  }),
)

test(
  'what was handed over in vain is tried again as if it had not been',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      const tracker = newTracker({ attemptTimeoutMs: 12_000, backoff: { baseMs: 1, capMs: 1 } })
      const all = Promise.all(['a', 'b', 'c'].map((name) => tracker.trackEvent('ann', name)))
      Object.assign(globalThis, { tracker, all })
    })
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(1), patiently)
    relay.answer = status(500)
    await show(page, 'hidden')
    await vi.waitFor(() => expect(relay.eventsOf('ann')).toHaveLength(3), patiently)
    // While it is hidden each goes once: a relay that fails is not asked for all of them at each new one.
    await page.evaluate("void tracker.trackEvent('ann', 'd')")
    await vi.waitFor(() => expect(relay.eventsOf('ann')).toHaveLength(4), patiently)
    expect(relay.arrivals).toHaveLength(4)
    relay.answer = ok
    await show(page, 'visible')
    const receipts = await page.evaluate<{ status: number }[]>('all')
    expect(receipts.map((receipt) => receipt.status)).toEqual([200, 200, 200])
  }),
)

/** Records of each request of a page whether it survives it. */
function record(): void {
  const requests: { keepalive: boolean }[] = []
  const real = globalThis.fetch
  globalThis.fetch = (url, init) => {
    requests.push({ keepalive: init?.keepalive === true })
    return real(url, init)
  }
  Object.assign(globalThis, { requests })
}

test(
  'requests survive the page within its 64 KiB, which all its trackers share, and the others go without',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(record)
    await page.evaluate(() => {
      const property = { text: 'x'.repeat(15_000) }
      Object.assign(globalThis, { trackers: [newTracker(), newTracker({ fetch: (url, init) => fetch(url, init) })] })
      for (const tracker of (globalThis as unknown as { trackers: ReturnType<typeof newTracker>[] }).trackers) {
        for (let n = 0; n < 4; n++) void tracker.trackEvent(`user${n}`, 'x', { property })
      }
    })
    // All eight are made, four of each tracker's six places; the browser has six connections.
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(6), patiently)
    const requests = await page.evaluate<{ keepalive: boolean }[]>('requests')
    const surviving = requests.filter(({ keepalive }) => keepalive)
    expect(surviving).toHaveLength(4)
    expect(requests).toHaveLength(8)
    // When they have ended, others may survive again.
    relay.answer = ok
    relay.cut()
    await page.evaluate(async () => {
      await Promise.all(
        (globalThis as unknown as { trackers: ReturnType<typeof newTracker>[] }).trackers.map((one) => one.flush()),
      )
      await newTracker().trackEvent('late', 'x', { property: { text: 'x'.repeat(60_000) } })
    })
    expect((await page.evaluate<typeof requests>('requests')).at(-1)).toMatchObject({ keepalive: true })
  }),
)

test(
  'a beacon takes what is queued where requests cannot survive, and it is sent again if the page stays',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      delete (Request.prototype as { keepalive?: boolean }).keepalive
      const options = { attemptTimeoutMs: 12_000, backoff: { baseMs: 1, capMs: 1 } }
      const key = newTracker({ ...options, authorization: 'pk_live_1' })
      const identity = newTracker({ ...options, authorization: (customer) => `identity-of-${customer}` })
      const all = [
        key.trackEvent('ann', 'a'),
        key.trackEvent('ann', 'b', { id: 'my id/1' }),
        identity.trackEvent('bob', 'a'),
      ]
      Object.assign(globalThis, { all: Promise.all(all) })
    })
    await vi.waitFor(() => expect(relay.arrivals).toHaveLength(2), patiently)
    await show(page, 'hidden')
    await show(page, 'hidden')
    const beacons = () => relay.arrivals.filter(({ path }) => path.includes('?'))
    await vi.waitFor(() => expect(beacons()).toHaveLength(3), patiently)
    // They come over connections of their own, so that none is sure to be the first.
    const inOrder = beacons().toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
    const seen = inOrder.map(({ path, headers, body }) => {
      const { pathname, searchParams } = new URL(path, relay.url)
      const { id, ...who } = Object.fromEntries(searchParams)
      return [pathname, headers['content-type'], body.customer_id, body.event, who, id]
    })
    const type = 'text/plain;charset=UTF-8'
    expect(seen).toEqual([
      ['/events/test', type, 'ann', 'a', { key: 'pk_live_1' }, expect.any(String)],
      ['/events/test', type, 'ann', 'b', { key: 'pk_live_1' }, 'my id/1'],
      ['/events/test', type, 'bob', 'a', { identity: 'identity-of-bob' }, expect.any(String)],
    ])
    relay.answer = ok
    await show(page, 'visible')
    const receipts = await page.evaluate<{ id: string }[]>('all')
    expect(receipts.map(({ id }) => id)).toEqual(seen.map((parts) => parts.at(-1)))
    const again = relay.arrivals.filter(({ path }) => !path.includes('?')).map(({ id }) => id)
    for (const { id } of receipts) expect(again).toContain(id)
  }),
)

test(
  'each of several tabs hands over its own, and keeps the order of each of its customers as far as was answered',
  inBrowser(async ({ relay, page, tab }) => {
    const pages = [page, await tab(), await tab()]
    for (const [n, each] of pages.entries()) {
      await each.evaluate((customer) => {
        const tracker = newTracker({ authorization: 'pk_live_1' })
        for (let event = 0; event < 4; event++) void tracker.trackEvent(customer, `event${event}`)
      }, `user${n}`)
    }
    for (const each of pages) {
      await show(each, 'hidden')
      await each.close()
    }
    for (const n of pages.keys()) {
      await vi.waitFor(() => expect(new Set(relay.eventsOf(`user${n}`))).toEqual(new Set(names(4))), patiently)
    }
    expect(new Set(relay.arrivals.map(({ id }) => id)).size).toBe(12)
  }),
)

test(
  'when the network is back, what has waited for it is sent at once',
  inBrowser(async ({ relay, context, page }) => {
    await context.setOffline(true)
    await page.evaluate(() => {
      // Without the hint nothing would be sent for many minutes.
      const tracker = newTracker({ backoff: { baseMs: 3_600_000, capMs: 3_600_000 }, maxDeliveryMs: 36_000_000 })
      Math.random = () => 0.99
      const real = globalThis.fetch
      const counts = Object.assign(globalThis, { failed: 0, open: 0 })
      globalThis.fetch = async (...given) => {
        counts.open++
        try {
          return await real(...given)
        } catch (error) {
          counts.failed++
          throw error
        } finally {
          counts.open--
        }
      }
      const all = Array.from({ length: 12 }, (_, n) => tracker.trackEvent(`user${n}`, 'x'))
      Object.assign(globalThis, { tracker, all: Promise.all(all) })
    })
    await vi.waitFor(async () => expect(await page.evaluate('navigator.onLine')).toBe(false), patiently)
    // One that is still under way would fail after the hint, and wait for the next one.
    await page.waitForFunction('failed >= 8 && open === 0')
    expect(await page.evaluate('tracker.stats()')).toMatchObject({ pending: 12 })
    let [most, open] = [0, 0]
    relay.answer = (...exchange) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        void ok(...exchange)
      }, 100)
    }
    await context.setOffline(false)
    expect(await page.evaluate<unknown[]>('all')).toHaveLength(12)
    // One probe went ahead, and no more than six at once followed.
    expect(relay.arrivals).toHaveLength(12)
    expect(most).toBeLessThanOrEqual(6)
    const [probe, second] = relay.arrivals
    expect((second?.at ?? 0) - (probe?.at ?? 0)).toBeGreaterThanOrEqual(90)
  }),
)

test(
  'a browser that says it is offline, and is not, keeps nothing from being sent',
  inBrowser(async ({ relay, page }) => {
    await page.evaluate(async () => {
      Object.defineProperty(navigator, 'onLine', { value: false })
      await newTracker().trackEvent('ann', 'x')
    })
    expect(relay.arrivals).toHaveLength(1)
  }),
)

test(
  'a page that comes back from the back/forward cache goes on with what was queued',
  inBrowser(async ({ relay, page }) => {
    relay.answer = hang
    await page.evaluate(() => {
      const tracker = newTracker({ attemptTimeoutMs: 2_000, backoff: { baseMs: 1, capMs: 1 } })
      const all = Array.from({ length: 5 }, (_, n) => tracker.trackEvent('ann', `event${n}`))
      // Playwright cannot look into a page that was in that cache: it tells by itself.
      addEventListener('pageshow', ({ persisted }) => {
        void tracker.trackEvent('page', persisted ? 'restored' : 'loaded')
        void Promise.all(all).then((receipts) => {
          const ids = receipts.map(({ id }) => id)
          void tracker.trackEvent('page', 'delivered', { property: { ids } })
        })
      })
    })
    await vi.waitFor(() => expect(relay.arrivals.length).toBeGreaterThan(0), patiently)
    relay.answer = ok
    await page.goto(new URL('/elsewhere', page.url()).href)
    await vi.waitFor(() => expect(new Set(relay.eventsOf('ann'))).toEqual(new Set(names(5))), patiently)
    await page.evaluate(() => history.back())
    await vi.waitFor(() => expect(relay.eventsOf('page')).toEqual(['restored', 'delivered']), patiently)
    const property = relay.arrivals.findLast(({ body }) => body.event === 'delivered')?.body['property']
    const sent = relay.arrivals.filter(({ body }) => body.customer_id === 'ann').map(({ id }) => id)
    expect(new Set(sent)).toEqual(new Set((property as { ids: string[] }).ids))
  }),
)

test(
  'a tracker listens to its page while events are pending, and to nothing that would spoil the cache of pages',
  inBrowser(async ({ relay, page }) => {
    const listeners = await page.evaluate(async () => {
      const on: string[] = []
      const all: string[] = []
      for (const target of [window, document]) {
        const add = target.addEventListener.bind(target)
        const remove = target.removeEventListener.bind(target)
        target.addEventListener = (...given: [string, EventListener]) => {
          on.push(given[0])
          if (!all.includes(given[0])) all.push(given[0])
          add(...given)
        }
        target.removeEventListener = (...given: [string, EventListener]) => {
          on.splice(on.indexOf(given[0]), 1)
          remove(...given)
        }
      }
      const seen: number[] = []
      const tracker = newTracker()
      void tracker.trackEvent('', 'refused')
      seen.push(on.length)
      const first = tracker.trackEvent('ann', 'x')
      const second = tracker.trackEvent('ann', 'x')
      seen.push(on.length)
      await Promise.all([first, second])
      await new Promise((passed) => setTimeout(passed, 0))
      seen.push(on.length)
      void tracker.trackEvent('ann', 'y')
      seen.push(on.length)
      await tracker.shutdown({ timeoutMs: 0 })
      seen.push(on.length)
      return { seen, all }
    })
    expect(listeners).toEqual({ seen: [0, 4, 0, 4, 0], all: ['visibilitychange', 'pagehide', 'pageshow', 'online'] })
    expect(relay.arrivals.length).toBeGreaterThanOrEqual(2)
  }),
)
