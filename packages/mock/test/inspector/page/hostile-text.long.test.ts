import { expect, test } from 'vitest'
import { customers, event, events, rows, onPage } from './browser.ts'

test(
  'hostile names and traits are text, everywhere',
  onPage(async ({ page, post }) => {
    const hostile = '<img src=x onerror="document.title=1">'
    const traits = {
      customer_id: hostile,
      name: hostile,
      email: hostile,
      properties: { [hostile]: hostile, __proto__: 1 },
    }
    await post(customers, traits)
    await post(
      events,
      { customer_id: hostile, event: hostile, [hostile]: hostile },
      { 'Idempotency-Key': '<b>key</b>' },
    )
    await page.locator('#customer-list .row').nth(1).click()
    await page.locator('#customer-card').getByText(hostile).first().waitFor()
    await rows(page).first().click()
    await page.getByRole('heading', { name: hostile }).first().waitFor()
    for (const view of ['Raw', 'Headers', 'Pretty']) {
      await page.getByRole('radiogroup', { name: 'Show the request as' }).getByLabel(view).check()
    }
    expect(await page.locator('main img, main b').count()).toBe(0)
    await expect.poll(() => page.title()).toBe('Event mock')
  }),
)

test(
  'marks that turn text around turn nothing but are spelled out',
  onPage(async ({ page, post }) => {
    await post(events, event('\u202eevil\u2066', 'עברית\u202e'))
    await rows(page)
      .getByText(String.raw`\u202eevil\u2066`)
      .waitFor()
    await rows(page).first().click()
    await page
      .locator('.json')
      .first()
      .getByText(String.raw`"\u202eevil\u2066"`)
      .waitFor()
    await expect.poll(() => rows(page).first().locator('bdi.customer').textContent()).toBe('עברית\\u202e')
  }),
)

test(
  'a line break in a name or an id stays in its row',
  onPage(async ({ page, post }) => {
    await post(events, event('one\ntwo\r\nthree\u2028four', 'line\nbreak'))
    await post(events, { customer_id: 'b\nb', event: '', 'c\nc': 1 })
    await page.locator('#count').getByText('2 events').waitFor()
    for (const width of [360, 1400]) {
      await page.setViewportSize({ width, height: 800 })
      const lines = await page.evaluate<number[]>(
        `[...document.querySelectorAll('#event-list .row bdi')].map((text) => text.getClientRects().length)`,
      )
      expect(Math.max(...lines)).toBe(1)
      await rows(page)
        .getByText(String.raw`one\ntwo\u000d\nthree\u2028four`)
        .waitFor()
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll('#event-list .row > *, #event-list .row .name')].map((part) => part.offsetHeight)`,
      )
      expect(Math.max(...heights)).toBeLessThan(30)
    }
  }),
)

test(
  'a megabyte of text is cut until somebody asks for it',
  onPage(async ({ page, post }) => {
    await post(events, event('x'.repeat(1_000_000)))
    await rows(page).first().click()
    const body = page.locator('.json').first()
    await body.getByText('show all 1.0 M characters').waitFor()
    expect((await body.innerText()).length).toBeLessThan(5000)
    await body.getByText('show all').click()
    await expect.poll(async () => (await body.innerText()).length).toBeGreaterThan(1_000_000)
  }),
)

test(
  'a body of a hundred thousand fields is laid out bit by bit',
  onPage(async ({ page, post }) => {
    const fields = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`f${at}`, at]))
    await post(customers, { customer_id: 'user123', name: 'a', email: 'b', properties: fields })
    await rows(page).first().click()
    await page.getByText('Show more: 59,').waitFor()
    await expect.poll(() => page.locator('.json').first().locator('.line').count()).toBeLessThan(1000)
  }),
)
