import { expect, test } from 'vitest'
import { become, click, inBrowser, keepClicking, waitForRows } from './support/browser.ts'
import { arrivalsOf, judge } from './support/judge.ts'

test(
  'three tabs of one user send side by side: everything arrives, and the clicks of each tab stay in order',
  inBrowser(async ({ stack, user }) => {
    const tabs = [await user.open(stack.site.url), await user.open(stack.site.url), await user.open(stack.site.url)]
    for (let round = 0; round < 5; round++) for (const tab of tabs) await click(tab, 'track', 10)
    for (const tab of tabs) await waitForRows(tab, 'delivered', 50)
    await judge(stack)
    expect(new Set(arrivalsOf(stack.mock).map(({ id }) => id)).size).toBe(150)
  }),
)

test(
  'who changes the customer in the middle has the order of each',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    for (let round = 0; round < 10; round++) {
      await become(page, round % 2 === 0 ? 'ada' : 'grace')
      await click(page, 'identify')
      await click(page, 'track', 4)
    }
    await waitForRows(page, 'delivered', 50)
    await judge(stack)
    expect(new Set(arrivalsOf(stack.mock).map(({ customer }) => customer))).toEqual(new Set(['ada', 'grace']))
  }),
)

test(
  'who reloads the page in the middle finds everything that was told as stored at the API',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    for (let round = 0; round < 5; round++) {
      const before = stack.journal.promised.length
      await keepClicking(page)
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(before + 5)
      await page.reload()
    }
    await click(page, 'track')
    await waitForRows(page, 'delivered', 1)
    await judge(stack)
  }),
)

test(
  'who comes back after the tab was closed goes on, and order holds',
  inBrowser(async ({ stack, user }) => {
    const first = await user.open(stack.site.url)
    await click(first, 'identify')
    await keepClicking(first)
    await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(5)
    await first.close()
    const second = await user.open(stack.site.url)
    await click(second, 'track', 20)
    await waitForRows(second, 'delivered', 20)
    await judge(stack)
    expect(stack.journal.promised.length).toBeGreaterThan(25)
  }),
)
