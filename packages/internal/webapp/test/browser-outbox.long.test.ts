import { expect, test } from 'vitest'
import { click, inBrowser, keepClicking, show, untilIdle, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'with an outbox in the browser, too, plain use is told as stored at the relay, and arrives in order and once',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const page = await user.open(stack.site.url)
    await click(page, 'identify')
    await click(page, 'track', 49)
    await waitForRows(page, 'delivered', 50)
    await judge(stack)
    expect(stack.mock.good).toHaveLength(50)
  }),
)

test(
  'with an outbox in the browser, who reloads the page in the middle loses nothing',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const page = await user.open(stack.site.url)
    for (let round = 0; round < 4; round++) {
      const before = stack.journal.promised.length
      const stop = await keepClicking(page)
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(before + 20)
      await stop()
      await page.reload()
    }
    await click(page, 'track')
    await waitForRows(page, 'delivered', 1)
    await judge(stack, 'of all tabs')
  }),
)

test(
  'with an outbox in the browser, what was stored without a network is sent when the user comes back another day',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const page = await user.open(stack.site.url)
    await user.context.setOffline(true)
    // The browser's offline mode does not hold for what a page sends as it is closed, which goes nowhere like this.
    await stack.relay.kill()
    await click(page, 'identify')
    await click(page, 'track', 29)
    await waitForRows(page, 'stored', 30)
    await page.close()
    expect(stack.mock.requests).toEqual([])
    await stack.relay.start()
    await user.context.setOffline(false)
    const later = await user.open(stack.site.url)
    await click(later, 'track')
    await judge(stack, 'of all tabs')
    expect(stack.journal.promised).toHaveLength(31)
  }),
)

test(
  'with an outbox in the browser, a tab that is closed in the middle leaves its events to the others',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const tabs = [await user.open(stack.site.url), await user.open(stack.site.url), await user.open(stack.site.url)]
    const stops = await Promise.all(tabs.map(keepClicking))
    for (const tab of tabs.slice(0, -1)) {
      const before = stack.journal.promised.length
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(before + 30)
      await tab.close()
    }
    await stops.at(-1)?.()
    await judge(stack)
  }),
)

test(
  'with an outbox in the browser, a relay that is killed costs nothing',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const page = await user.open(stack.site.url)
    const stop = await keepClicking(page)
    await expect.poll(() => stack.journal.inState('delivered').length).toBeGreaterThan(10)
    await stack.relay.kill()
    await expect.poll(() => stack.journal.inState('stored').length).toBeGreaterThan(20)
    await stack.relay.start()
    await stop()
    await untilIdle(page)
    await waitForRows(page, 'stored', 0)
    await judge(stack)
  }),
)

test(
  'with an outbox in the browser, who looks at another tab in the middle of a burst, and comes back, finds everything at the API, in order and once',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    const page = await user.open(stack.site.url)
    const stop = await keepClicking(page)
    for (const promised of [10, 40, 70]) {
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(promised)
      await show(page, 'hidden')
      const { size } = stack.journal.events
      await expect.poll(() => stack.journal.events.size).toBeGreaterThan(size + 5)
      await show(page, 'visible')
    }
    await stop()
    await untilIdle(page)
    await waitForRows(page, 'stored', 0)
    await judge(stack)
    expect(stack.journal.inState('delivered')).toHaveLength(stack.journal.events.size)
  }),
)
