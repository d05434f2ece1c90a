import { expect, test } from 'vitest'
import { serveSite } from '../src/site.ts'
import { become, click, inBrowser, waitForRows } from './support/browser.ts'
import { judge } from './support/judge.ts'

test(
  'a page of a stranger cannot send: it is told so, and nothing of it is stored',
  inBrowser(async ({ stack, user }) => {
    await using strange = await serveSite({ settings: () => ({ ...stack.page, tracker: { maxDeliveryMs: 10_000 } }) })
    const page = await user.open(strange.url)
    await click(page, 'track', 3)
    await waitForRows(page, 'refused', 3)
    expect(stack.journal.inState('refused')[0]?.reason).toMatch(/origin/i)
    // A beacon needs no leave of the other side, and its page never hears what became of it.
    const beacon = `${stack.relay.url}/events/test?key=${stack.page.key}`
    const body = JSON.stringify({ customer_id: 'user123', event: 'button_click' })
    expect(await page.evaluate(`navigator.sendBeacon('${beacon}', '${body}')`)).toBe(true)
    const own = await user.open(stack.site.url)
    await click(own, 'track')
    await waitForRows(own, 'delivered', 1)
    await judge(stack)
    expect(stack.mock.requests).toHaveLength(1)
  }),
)

test(
  'who has signed in sends events of himself, and none of another customer',
  inBrowser(async ({ stack, user }) => {
    await stack.requireIdentity()
    const page = await user.open(stack.site.url)
    await page.getByRole('button', { name: 'Sign in and identify' }).click()
    await click(page, 'track', 5)
    await waitForRows(page, 'delivered', 6)
    await become(page, 'somebody-else')
    await click(page, 'track', 3)
    await waitForRows(page, 'refused', 3)
    expect(stack.journal.inState('refused').map(({ reason }) => reason)).toEqual(
      Array(3).fill(expect.stringContaining('This customer needs a signed identity')),
    )
    await become(page, 'user123')
    await click(page, 'track', 5)
    await waitForRows(page, 'delivered', 11)
    await judge(stack)
  }),
)

test(
  'events under the signed identity of another are refused, and those of the signed one go on',
  inBrowser(async ({ stack, user }) => {
    await stack.requireIdentity()
    // The forger has the page ask for the identity that it may have, whoever the event is of.
    await user.context.route(/[/]identity/, (route) =>
      route.continue({ url: `${stack.site.url}/identity?customer=user123` }),
    )
    const page = await user.open(stack.site.url)
    await page.getByRole('button', { name: 'Sign in and identify' }).click()
    await waitForRows(page, 'delivered', 1)
    for (const customer of ['victim', 'user123', 'victim', 'user123']) {
      await become(page, customer)
      await click(page, 'track', 2)
    }
    await waitForRows(page, 'refused', 4)
    await waitForRows(page, 'delivered', 5)
    expect(stack.journal.inState('refused').map(({ reason }) => reason)).toEqual(
      Array(4).fill(expect.stringContaining('The signed identity is of another customer than the event')),
    )
    await judge(stack)
    expect(new Set(stack.mock.requests.map(({ body }) => (body as { customer_id: string }).customer_id))).toEqual(
      new Set(['user123']),
    )
  }),
)

test(
  'an identity that runs out is signed anew, and no event is refused',
  inBrowser(async ({ stack, user }) => {
    await stack.requireIdentity()
    stack.identities.options.seconds = 1
    const page = await user.open(stack.site.url)
    await page.getByRole('button', { name: 'Sign in and identify' }).click()
    await expect
      .poll(async () => {
        await click(page, 'track')
        return stack.identities.signed
      })
      .toBeGreaterThan(3)
    await waitForRows(page, 'queued', 0)
    await waitForRows(page, 'refused', 0)
    await judge(stack)
  }),
)
