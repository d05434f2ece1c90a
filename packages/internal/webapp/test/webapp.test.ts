import { expect, test } from 'vitest'
import { click, inBrowser, keepClicking, untilIdle, waitForRows } from './support/browser.ts'
import { arrivalsOf, judge } from './support/judge.ts'

test(
  'who presses the two buttons sees both events stored at the relay, and the API gets them in order and once',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    await page.getByRole('button', { name: 'Sign in and identify' }).click()
    await page.getByRole('button', { name: 'Track a click' }).click()
    await waitForRows(page, 'delivered', 2)
    await judge(stack)
    expect(arrivalsOf(stack.mock).map(({ click: number }) => number)).toEqual([1, 2])
    expect(stack.mock.bad).toEqual([])
  }),
)

test(
  'fifty clicks at once are all told as stored, and all arrive',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    await click(page, 'identify')
    await click(page, 'track', 49)
    await waitForRows(page, 'delivered', 50)
    await judge(stack)
    expect(stack.journal.promised).toHaveLength(50)
  }),
)

test(
  'who closes the tab in the middle of a burst finds everything that was told as stored at the API',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    await keepClicking(page)
    await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(5)
    await page.close()
    await judge(stack)
  }),
)

test(
  'a relay that is killed twice in the middle of a burst loses nothing that a user was told is stored',
  inBrowser(async ({ stack, user }) => {
    // A slow API, so that there is something in the outbox of the relay when it dies.
    stack.mock.fail([{ delayMs: 50, times: Infinity }])
    const page = await user.open(stack.site.url)
    const stop = await keepClicking(page)
    for (const promised of [10, 20]) {
      await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(promised)
      await stack.relay.kill()
      const { size } = stack.journal.events
      await expect.poll(() => stack.journal.events.size).toBeGreaterThan(size)
      await stack.relay.start()
    }
    await stop()
    await untilIdle(page)
    stack.mock.fail([])
    await judge(stack)
    expect(stack.journal.inState('delivered')).toHaveLength(stack.journal.events.size)
  }),
)
