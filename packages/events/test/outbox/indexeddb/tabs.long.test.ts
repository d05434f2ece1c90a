import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { EventTracker, Receipt, TrackerStats } from '../../../src/index.ts'
import { Api } from './api.ts'
import { missing, show, Site } from './browser.ts'

// A browser on a busy machine takes its time.
const soon = { timeout: 240_000, interval: 20 }

/** The globals of the page `tab`. */
interface Tab {
  tracker: EventTracker
  heard: string[]
  receipts: Promise<Receipt[]>
}

const api = new Api()
let site: Site
beforeAll(async () => {
  if (missing === undefined) site = await Site.open(['tab'], api.listener)
})
afterEach(async () => {
  await site?.anew()
  // Not before its pages are closed, which may have sent something.
  api.forgetAll()
})
afterAll(() => site?.[Symbol.asyncDispose]())

/** Tracks events in a tab; resolves once they are stored there. */
function track(page: Page, customer: string, names: readonly string[]): Promise<void> {
  return page.evaluate(
    async ([given, events]) => {
      const tab = globalThis as unknown as Tab
      const deliveries = events.map((event) => tab.tracker.trackEvent(given, event))
      tab.receipts = Promise.all(deliveries)
      tab.receipts.catch(() => undefined)
      await Promise.all(deliveries.map(({ stored }) => stored))
    },
    [customer, names] as const,
  )
}

/** The receipts of what was tracked last, once all of it is delivered. */
function receipts(page: Page): Promise<Receipt[]> {
  return page.evaluate(() => (globalThis as unknown as Tab).receipts)
}

function stats(page: Page): Promise<TrackerStats> {
  return page.evaluate(() => (globalThis as unknown as Tab).tracker.stats())
}

function heard(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as Tab).heard)
}

function eventsNamed(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}_${at}`)
}

/** A tab that sends, and one that does not. */
async function twoTabs(): Promise<[owner: Page, other: Page]> {
  const owner = await site.page('tab')
  await track(owner, 'first', ['opened'])
  await receipts(owner)
  return [owner, await site.page('tab')]
}

function sum({ delivered, rejected, dropped, dead, pending }: TrackerStats): number {
  return delivered + rejected + dropped + dead + pending
}

/** Takes the network away. A request that left before the tabs know would be cut on its way, and come again. */
async function offline(...pages: Page[]): Promise<void> {
  await site.context.setOffline(true)
  for (const page of pages)
    await vi.waitFor(async () => expect(await page.evaluate('navigator.onLine')).toBe(false), soon)
}

describe.skipIf(missing !== undefined)('tabs of a real Chromium', () => {
  test('two tabs track, and each event arrives once, in the order of its customer', async () => {
    const [owner, other] = await twoTabs()
    const tracked: string[] = []
    for (let round = 0; round < 20; round++) {
      const page = round % 2 === 0 ? owner : other
      const events = eventsNamed(`round_${round}`, 5)
      await track(page, 'ada', events)
      tracked.push(...events)
    }
    await Promise.all([receipts(owner), receipts(other)])
    expect(api.arrivals.filter(({ customer }) => customer === 'ada').map(({ event }) => event)).toEqual(tracked)
  })

  test('a tab is told what another tab has delivered for it, and each hook is called in one tab', async () => {
    const [owner, other] = await twoTabs()
    await track(other, 'ada', ['one', 'two'])
    expect(await receipts(other)).toMatchObject([
      { status: 0, attempts: 0, elsewhere: true },
      { status: 0, attempts: 0, elsewhere: true },
    ])
    expect(await stats(other)).toMatchObject({ accepted: 2, delivered: 2, pending: 0 })
    expect(await stats(owner)).toMatchObject({ accepted: 3, delivered: 3, pending: 0 })
    expect((await heard(owner)).length).toBe(3)
    expect(await heard(other)).toEqual([])
  })

  test('a tab is told that its event has become a dead letter in another tab', async () => {
    const [owner, other] = await twoTabs()
    api.status = 422
    await track(other, 'ada', ['odd'])
    await expect(receipts(other)).rejects.toThrow('Failed to track event: 422')
    expect(await stats(other)).toMatchObject({ accepted: 1, dead: 1, pending: 0 })
    expect(await heard(owner)).toContainEqual(expect.stringMatching(/^api /))
    expect(await heard(other)).toEqual([])
  })

  test('a tab forgets a customer, and the event of another tab is dropped there', async () => {
    const [owner, other] = await twoTabs()
    await offline(owner, other)
    await track(owner, 'ada', ['one'])
    await track(other, 'ada', ['two'])
    await track(other, 'grace', ['three'])
    const forgotten = await owner.evaluate(() => (globalThis as unknown as Tab).tracker.forget('ada'))
    expect(forgotten).toBe(2)
    await vi.waitFor(
      async () => expect(await stats(other)).toMatchObject({ accepted: 2, dropped: 1, pending: 1 }),
      soon,
    )
    await site.context.setOffline(false)
    await receipts(other)
    expect(api.eventsOf('ada')).toEqual([])
  })

  test.each<[string, (owner: Page) => Promise<unknown>]>([
    ['is closed', (owner) => owner.close()],
    [
      'crashes',
      async (owner) => {
        const session = await site.context.newCDPSession(owner)
        void session.send('Page.crash').catch(() => undefined)
        await new Promise((crashed) => owner.once('crash', crashed))
      },
    ],
    ['is hidden', (owner) => show(owner, 'hidden')],
  ])('another tab goes on when the tab that sends %s', async (_, end) => {
    const [owner, other] = await twoTabs()
    await track(other, 'ada', ['one'])
    await receipts(other)
    expect(await heard(other)).toEqual([])
    await end(owner)
    await track(other, 'ada', ['two'])
    expect((await receipts(other))[0]).toMatchObject({ status: 200 })
    expect(api.eventsOf('ada')).toEqual(['one', 'two'])
  })

  test('a hidden tab gives up the right to send while its requests go on, and nothing gets past them or is sent twice', async () => {
    const [owner, other] = await twoTabs()
    api.hold()
    await track(owner, 'ada', ['one', 'two'])
    await vi.waitFor(() => expect(api.eventsOf('ada')).toEqual(['one']), soon)
    await show(owner, 'hidden')
    api.release()
    api.hold()
    await track(other, 'grace', ['three'])
    await vi.waitFor(() => expect(api.eventsOf('grace')).toEqual(['three']), soon)
    api.release()
    await receipts(owner)
    await receipts(other)
    expect(api.arrivals.map(({ event }) => event).toSorted()).toEqual(['one', 'opened', 'three', 'two'])
    expect(api.eventsOf('ada')).toEqual(['one', 'two'])
    for (const page of [owner, other]) {
      const report = await stats(page)
      expect(sum(report)).toBe(report.accepted)
      expect(report.pending).toBe(0)
    }
  })

  test('a hidden tab goes on where no visible one is there', async () => {
    const page = await site.page('tab')
    await show(page, 'hidden')
    await track(page, 'ada', ['one'])
    await receipts(page)
    expect(api.eventsOf('ada')).toEqual(['one'])
  })

  test('a tab that is hidden stores what is tracked there, and sends none of it past what another tab has stored', async () => {
    const [owner, other] = await twoTabs()
    const sent: string[] = []
    other.on('request', (request) => void sent.push(request.url()))
    api.status = 503
    await track(owner, 'ada', ['one'])
    await show(other, 'hidden')
    await track(other, 'ada', ['two'])
    api.status = 200
    await Promise.all([receipts(owner), receipts(other)])
    expect(api.eventsOf('ada')).toEqual(['one', 'two'])
    expect(sent).toEqual([])
  })

  test.each(['pagehide', 'visibilitychange'])(
    'what is tracked when a tab is told that it goes arrives, though it is too late to store it: %s',
    async (type) => {
      const page = await site.page('tab')
      await track(page, 'ada', ['came'])
      await receipts(page)
      await page.evaluate((told) => {
        const { tracker, window, document } = globalThis as unknown as Tab & Record<'window' | 'document', EventTarget>
        const target = told === 'pagehide' ? window : document
        target.addEventListener(told, () => void tracker.trackEvent('ada', 'left'))
      }, type)
      // Not closed: Chromium tells such a page nothing where it has not answered for half a second.
      await page.goto('about:blank')
      await vi.waitFor(() => expect(api.eventsOf('ada')).toEqual(['came', 'left']), soon)
    },
  )

  test('what is tracked when a tab goes does not pass what it has stored for that customer', async () => {
    const page = await site.page('tab')
    api.hold()
    await track(page, 'ada', ['one'])
    await vi.waitFor(() => expect(api.eventsOf('ada')).toEqual(['one']), soon)
    await page.evaluate(() => {
      const { tracker, window } = globalThis as unknown as Tab & { window: EventTarget }
      window.addEventListener('pagehide', () => {
        for (const customer of ['ada', 'bob']) void tracker.trackEvent(customer, 'left')
      })
    })
    await page.goto('about:blank')
    await vi.waitFor(() => expect(api.eventsOf('bob')).toEqual(['left']), soon)
    expect(api.eventsOf('ada')).toEqual(['one'])
    api.release()
    const next = await site.page('tab')
    await track(next, 'ada', ['two'])
    await receipts(next)
    // A tab that takes its time to go may have stored it.
    const { 0: first, [api.eventsOf('ada').length - 1]: last } = api.eventsOf('ada')
    expect([first, last]).toEqual(['one', 'two'])
  })

  test('what was tracked without a network arrives when it is back, in order', async () => {
    const [owner, other] = await twoTabs()
    await offline(owner, other)
    await track(owner, 'ada', ['one', 'two'])
    await track(other, 'ada', ['three'])
    await site.context.setOffline(false)
    await Promise.all([receipts(owner), receipts(other)])
    expect(api.eventsOf('ada')).toEqual(['one', 'two', 'three'])
  })

  test('a thousand events arrive in order though the page is reloaded in the midst of them', async () => {
    const page = await site.page('tab')
    const events = eventsNamed('event', 1_000)
    await track(page, 'ada', events)
    await vi.waitFor(() => expect(api.arrivals.length).toBeGreaterThan(50), soon)
    await page.reload()
    await page.evaluate(() => (globalThis as unknown as Tab).tracker.start())
    await vi.waitFor(() => expect(api.eventsOf('ada').length).toBe(1_000), soon)
    expect(api.eventsOf('ada')).toEqual(events)
    // The one that was in flight may have been sent again, under its own id.
    expect(api.arrivals.length).toBeLessThanOrEqual(1_001)
  })
})
