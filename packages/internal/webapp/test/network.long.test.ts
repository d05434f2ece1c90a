import { expect, test } from 'vitest'
import { click, inBrowser, keepClicking, untilIdle, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'who loses the network sees the clicks queued, and stored once it is back',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    for (let round = 1; round <= 3; round++) {
      await user.context.setOffline(true)
      await click(page, 'track', 20)
      await waitForRows(page, 'queued', 20)
      await user.context.setOffline(false)
      await waitForRows(page, 'delivered', 20 * round)
    }
    await judge(stack)
    expect(stack.journal.promised).toHaveLength(60)
  }),
)

test(
  'a network that goes in the middle of a burst costs nothing',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    const stop = await keepClicking(page)
    for (let round = 1; round <= 3; round++) {
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(20 * round)
      await user.context.setOffline(true)
      const { size } = stack.journal.events
      await expect.poll(() => stack.journal.events.size).toBeGreaterThan(size)
      await user.context.setOffline(false)
    }
    await stop()
    await untilIdle(page)
    await judge(stack)
    expect(stack.journal.inState('delivered')).toHaveLength(stack.journal.events.size)
  }),
)
