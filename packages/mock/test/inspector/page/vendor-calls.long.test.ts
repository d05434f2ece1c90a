import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { customers, event, events, onPage, patient, rows, texts, titles, vendorCall } from './browser.ts'

/** The bars of the customer's chart as a screen reader reads them, from top to bottom. */
function bars(page: Page): Promise<string[]> {
  return page.locator('.bars > li > button').allTextContents()
}

function bar(page: Page, category: string, amount: string, pressed?: boolean): Locator {
  const is = pressed === undefined ? {} : { pressed }
  return page.getByRole('listitem').getByRole('button', { name: `${category} , ${amount}`, ...is })
}

/** Lengths of the bars in percent of the space that they have. */
function lengths(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`[...document.querySelectorAll('.bar-length')]
    .map((bar) => Math.round((bar.offsetWidth / bar.parentElement.offsetWidth) * 100))`)
}

test(
  'a call to a vendor shows its category, its property and its own duration, in the list and beside its details',
  onPage(async ({ page, post }) => {
    await post(events, vendorCall({ category: 'AI', durationMs: 1432, model: 'gpt-4' }))
    await post(events, { ...event('Report', 'ada'), property: { method: 'card', tokens: 5, durationMs: 'long' } })
    await page.locator('#count').getByText('2 events').waitFor()
    const notes = await texts(rows(page).locator('.notes'))
    expect(notes).toEqual([
      'method card · tokens 5 · durationMs long',
      'AI POST api.openai.com 200 · model gpt-4 in 1.4 s',
    ])
    await rows(page).nth(1).click()
    await page.getByRole('heading', { name: 'OpenAI API Call' }).waitFor()
    const facts = (await texts(page.locator('.facts'))).join()
    expect(facts).toContain(
      'Category AI Duration 1.4 s Property host api.openai.com method POST status 200 model gpt-4',
    )
    await rows(page).first().click()
    await page.getByRole('heading', { name: 'Report' }).waitFor()
    expect((await texts(page.locator('.facts'))).join()).toMatch(/ada Property method card tokens 5 durationMs long Op/)
  }),
)

test(
  'a filter shows the events of one category, or those of none, and stays in the address',
  onPage(async ({ page, post }) => {
    const hostile = '<img src=x onerror="document.title=1">'
    for (const category of ['AI', 'Cloud', hostile]) await post(events, vendorCall({ category }))
    await post(customers, { customer_id: 'user123', plan: 'team' })
    await post(events, event('button_click'))
    await page.locator('#count').getByText('5 events').waitFor()
    const category = page.getByLabel('Category', { exact: true })
    await expect
      .poll(() => category.locator('option').allTextContents())
      .toEqual(['All categories', 'No category', hostile, 'AI', 'Cloud'])
    await category.selectOption('AI')
    await page.locator('#count').getByText('1 of 5 events').waitFor()
    await expect.poll(() => page.url()).toContain('?category=AI')
    await page.reload()
    await page.locator('#count').getByText('1 of 5 events').waitFor()
    await expect.poll(() => category.locator('option:checked').textContent()).toBe('AI')
    await category.selectOption('No category')
    await expect.poll(() => titles(page)).toEqual(['button_click'])
    await expect.poll(() => page.url()).toMatch(/\?category=$/)
    await page.reload()
    await expect.poll(() => titles(page)).toEqual(['button_click'])
    await category.selectOption(hostile)
    await page.locator('#count').getByText('1 of 5 events').waitFor()
    await rows(page).first().click()
    await page.locator('.facts').getByText(hostile).waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.title()).toBe('Event mock')
    await page.locator('#unfilter').click()
    await page.getByLabel('Search').fill('category:clo')
    await page.locator('#count').getByText('1 of 5 events').waitFor()
  }),
)

test(
  'an accepted identify makes a customer known, with every field that it may carry',
  onPage(async ({ page, post }) => {
    const plan = { plan: 'team', planValue: '49.90', planCurrency: 'EUR', planInterval: 'monthly' }
    const whole = {
      customer_id: 'acme',
      name: 'Ada',
      email: 'ada@example.com',
      companyName: 'Acme',
      created: 1708258507,
    }
    await post('/customer', { ...whole, ...plan, properties: { seats: 3 } })
    await post('/customer', { customer_id: 'bare', ...plan, planValue: 0 })
    await post('/customer', { customer_id: 'company', companyName: 'Acme GmbH' })
    const list = page.locator('#customer-list .row')
    await expect
      .poll(() => texts(list.locator('.traits')))
      .toEqual(['3 customers', 'Acme GmbH', 'plan team', 'Ada · ada@example.com'])
    await list.nth(3).click()
    const traits = page.locator('#customer-card .pairs div')
    await expect
      .poll(async () => (await texts(traits)).toSorted())
      .toEqual([
        'companyName Acme',
        expect.stringMatching(/^created 1708258507 \(.*2024.*\)$/),
        'email ada@example.com',
        'name Ada',
        'plan team',
        'planCurrency EUR',
        'planInterval monthly',
        'planValue 49.90',
        'seats 3',
      ])
  }),
)

test(
  'a customer has the sum of calls by category as bars, each event once, which grow as events arrive',
  onPage(async ({ page, mock, post }) => {
    for (const category of ['AI', 'AI', 'AI', 'Cloud', undefined]) await post(events, vendorCall({ category }))
    await post(events, vendorCall({ category: 'AI', customer: 'ada' }))
    await post(customers, { customer_id: 'user123', companyName: 'Acme' })
    mock.fail([{ status: 503, times: 2 }])
    for (let at = 0; at < 3; at += 1)
      await post(events, vendorCall({ category: 'AI' }), { 'Idempotency-Key': 'one event' })
    await page.locator('#customer-list .row').nth(2).click()
    await page.getByRole('heading', { name: 'Calls by category' }).waitFor()
    await expect.poll(() => bars(page)).toEqual(['AI, 4 calls', 'No category, 1 call', 'Cloud, 1 call'])
    await expect.poll(() => lengths(page)).toEqual([100, 25, 25])
    await post(events, vendorCall({ category: 'Cloud' }))
    await expect.poll(() => bars(page)).toEqual(['AI, 4 calls', 'Cloud, 2 calls', 'No category, 1 call'])
    await expect.poll(() => lengths(page)).toEqual([100, 50, 25])
    await page.locator('#customer-list .row').nth(1).click()
    await expect.poll(() => bars(page)).toEqual(['AI, 1 call'])
    await post(customers, { customer_id: 'quiet', plan: 'free' })
    await page.locator('#customer-list .row').getByText('quiet').click()
    await page.getByRole('heading', { name: 'Calls by category' }).waitFor({ state: 'hidden' })
  }),
)

test(
  'a bar shows the events of its category alone, by keyboard too, and keeps the focus while others overtake it',
  onPage(async ({ page, post }) => {
    const send = async (amount: number, category: string) => {
      for (let at = 0; at < amount; at += 1) await post(events, vendorCall({ category }))
    }
    await send(6, 'AI')
    await send(2, 'Maps')
    await send(1, 'Cloud')
    await page.locator('#customer-list .row').nth(1).click()
    await bar(page, 'AI', '6 calls').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    const focused = () => page.evaluate<string | null>('document.activeElement.textContent')
    await expect.poll(focused).toBe('Cloud, 1 call')
    await page.keyboard.press('Enter')
    await page.locator('#count').getByText('1 of 9 events').waitFor()
    await bar(page, 'Cloud', '1 call', true).waitFor()
    await send(3, 'Cloud')
    await expect.poll(() => bars(page)).toEqual(['AI, 6 calls', 'Cloud, 4 calls', 'Maps, 2 calls'])
    expect(await focused()).toBe('Cloud, 4 calls')
    await send(3, 'Maps')
    await expect.poll(() => bars(page)).toEqual(['AI, 6 calls', 'Maps, 5 calls', 'Cloud, 4 calls'])
    expect(await focused()).toBe('Cloud, 4 calls')
    await page.keyboard.press('Enter')
    await page.locator('#count').getByText('15 of 15 events').waitFor()
    await bar(page, 'Cloud', '4 calls', false).waitFor()
  }),
)

test(
  'the most frequent of many categories are shown at first, with the chosen one, and all of them when asked for',
  onPage(async ({ page, post }) => {
    for (let at = 0; at < 20; at += 1) await post(events, vendorCall({ category: `kind ${at}` }))
    await post(events, vendorCall({ category: 'kind 7' }))
    await page.locator('#count').getByText('21 events').waitFor()
    await page.locator('#customer-list .row').nth(1).click()
    const five = ['kind 7, 2 calls', 'kind 0, 1 call', 'kind 1, 1 call', 'kind 10, 1 call', 'kind 11, 1 call']
    await expect.poll(() => bars(page)).toEqual(five)
    await page.getByLabel('Category', { exact: true }).selectOption('kind 9')
    await expect.poll(() => bars(page)).toEqual([...five, 'kind 9, 1 call'])
    await page.getByRole('button', { name: 'Show all 20' }).press('Enter')
    await expect.poll(async () => (await bars(page)).length).toBe(20)
    await page.getByRole('button', { name: 'Show fewer' }).press('Enter')
    await expect.poll(async () => (await bars(page)).length).toBe(6)
  }),
)

test(
  'five thousand calls and a thousand categories leave the page light, and their sums right',
  onPage(async ({ page, post }) => {
    const all = Array.from({ length: 5000 }, (_, at) => vendorCall({ category: at < 4000 ? 'AI' : `kind ${at}` }))
    for (let at = 0; at < all.length; at += 50)
      await Promise.all(all.slice(at, at + 50).map((body) => post(events, body)))
    await page.locator('#count').getByText('5,000 events').waitFor(patient)
    await page.locator('#customer-list .row').nth(1).click()
    await bar(page, 'AI', '4,000 calls').waitFor()
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(1500)
    await page.getByRole('button', { name: 'Show all 1,001' }).click()
    await page.getByText('The 200 most frequent are shown.').waitFor()
    await expect.poll(async () => (await bars(page)).length).toBe(200)
    await bar(page, 'AI', '4,000 calls').click()
    await page.locator('#count').getByText('4,000 of 5,000 events').waitFor()
  }),
)

test(
  'long categories and hosts push nothing out of a row, the filters or the chart, and bars can be tapped on a phone',
  onPage(async ({ page, post }) => {
    const long = 'a category of many words '.repeat(20)
    const address = page.url()
    for (let at = 0; at < 9; at += 1)
      await post(events, vendorCall({ category: `${at} ${long}`, host: `${'part.'.repeat(40)}example.com` }))
    await post('/events', vendorCall({ category: 'AI' }))
    await page.goto(`${address}?customer=user123&category=AI&search=openai`)
    await page.locator('#count').getByText('1 of 10 events').waitFor()
    for (const width of [900, 1024, 1199, 1200, 1280, 1440, 1536, 1920]) {
      await page.setViewportSize({ width, height: 860 })
      const beyond = await page.evaluate<
        string[]
      >(`[...document.querySelectorAll('.filters, .narrow > *, #customer-card *')]
        .filter((part) => part.offsetParent !== null && !part.matches('.unseen'))
        .filter((part) => part.getBoundingClientRect().right > innerWidth || part.getBoundingClientRect().width < 1)
        .map((part) => part.outerHTML.slice(0, 80))`)
      expect([width, beyond]).toEqual([width, []])
      await page.locator('#only-customer').waitFor()
    }
    await page.locator('#unfilter').click()
    for (const width of [360, 768, 1024, 1280, 1440, 1920]) {
      await page.setViewportSize({ width, height: 860 })
      await rows(page).first().locator('.lasted').getByText('843 ms').waitFor()
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll('#event-list .row > *, #event-list .notes > *')].map((part) => part.offsetHeight)`,
      )
      expect(Math.max(...heights)).toBeLessThan(30)
    }
    await page.setViewportSize({ width: 360, height: 860 })
    await page.goto(`${address}?customer=user123`)
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('button', { name: 'Customers' }).click()
    const small = `[...document.querySelectorAll('#customer-card .chart button')].filter((one) => one.offsetHeight < 44).length`
    await page.getByRole('button', { name: 'Show all 10' }).waitFor()
    expect(await page.evaluate<number>(small)).toBe(0)
  }),
)
