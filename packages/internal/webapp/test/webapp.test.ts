import { expect, test } from 'vitest'
import { click, inBrowser, keepClicking, untilIdle, waitForRows } from './support/browser.ts'
import { arrivalsOf, judge } from './support/judge.ts'

test(
  'who presses the two buttons, and then one of them many times, sees all of it stored at the relay; it arrives in order and once',
  inBrowser(async ({ stack, user }) => {
    const page = await user.open(stack.site.url)
    await page.getByRole('button', { name: 'Sign in and identify' }).click()
    await page.getByRole('button', { name: 'Track a click' }).click()
    await click(page, 'track', 28)
    await waitForRows(page, 'delivered', 30)
    await judge(stack)
    expect(arrivalsOf(stack.mock).map(({ click: number }) => number)).toEqual(
      Array.from({ length: 30 }, (_, at) => at + 1),
    )
    expect(stack.mock.bad).toEqual([])
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
  'a relay that is killed in the middle of a burst loses nothing that a user was told is stored',
  inBrowser(async ({ stack, user }) => {
    // A slow API, so that there is something in the outbox of the relay when it dies.
    stack.mock.fail([{ delayMs: 50, times: Infinity }])
    const page = await user.open(stack.site.url)
    const stop = await keepClicking(page)
    await expect.poll(() => stack.journal.promised.length).toBeGreaterThan(10)
    await stack.relay.kill()
    const { size } = stack.journal.events
    await expect.poll(() => stack.journal.events.size).toBeGreaterThan(size)
    await stack.relay.start()
    await stop()
    await untilIdle(page)
    stack.mock.fail([])
    await judge(stack)
    expect(stack.journal.inState('delivered')).toHaveLength(stack.journal.events.size)
  }),
)
