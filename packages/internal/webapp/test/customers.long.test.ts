import { expect, test } from 'vitest'
import { become, click, inBrowser, waitForRows } from './support/browser.ts'
import { arrivalsOf, judge } from './support/judge.ts'
import type { Stack } from './support/stack.ts'

test(
  'events of a customer who has signed out wait for him, and never go under the identity of the next one',
  inBrowser(async ({ stack, user }) => {
    stack.page.isDurable = true
    await stack.requireIdentity()
    const page = await user.open(stack.site.url)
    await become(page, 'ada')
    await click(page, 'identify')
    await waitForRows(page, 'delivered', 1)
    // Not the browser's offline mode, which does not hold for what a page sends as it is closed.
    await stack.relay.kill()
    await click(page, 'track', 5)
    await waitForRows(page, 'stored', 5)
    await page.close()
    await user.context.clearCookies()
    await stack.relay.start()

    const later = await user.open(stack.site.url)
    await become(later, 'grace')
    await click(later, 'identify')
    await click(later, 'track', 10)
    await waitForRows(later, 'delivered', 11)
    expect(eventsOf('ada', stack).size).toBe(1)
    await become(later, 'ada')
    await click(later, 'identify')
    await judge(stack, 'of all tabs')
    expect(eventsOf('ada', stack).size).toBe(7)
  }),
)

test(
  'a device that has slept has its identity signed anew',
  inBrowser(async ({ stack, user }) => {
    await stack.requireIdentity()
    const page = await user.open(stack.site.url)
    await click(page, 'identify')
    await waitForRows(page, 'delivered', 1)
    const { signed } = stack.identities
    await page.evaluate('{ const now = Date.now; Date.now = () => now() + 3_600_000 }')
    await click(page, 'track')
    await waitForRows(page, 'delivered', 2)
    expect(stack.identities.signed).toBe(signed + 1)
  }),
)

/** Ids of a customer's events that came: a relay that is killed may send one again. */
function eventsOf(customer: string, { mock }: Stack): Set<string> {
  const arrivals = arrivalsOf(mock).filter((arrival) => arrival.customer === customer)
  return new Set(arrivals.map(({ id }) => id))
}
