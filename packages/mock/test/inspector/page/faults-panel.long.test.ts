import { expect, test } from 'vitest'
import { event, events, rows, onPage } from './browser.ts'

test(
  'a fault is switched on by hand, shown while it acts, and switched off',
  onPage(async ({ page, mock, post }) => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByLabel('What').selectOption('429')
    await page.getByLabel('Retry-After').fill('9')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.locator('#acting').getByText('429, retry after 9 s').waitFor()
    await expect.poll(() => page.locator('#acting li').innerText()).toMatch(/for all\s+until off/)
    await post(events, event('button_click'))
    expect(mock.requests.at(-1)).toMatchObject({ status: 429, answer: { headers: { 'retry-after': '9' } } })
    await rows(page).getByText('429, retry after 9 s').waitFor()
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.locator('#acting').waitFor({ state: 'hidden' })
    await post(events, event('button_click'))
    expect(mock.requests.at(-1)?.status).toBe(200)
  }),
)

test(
  'a fault for one customer counts down to its end',
  onPage(async ({ page, mock, post }) => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByLabel('How many').fill('2')
    await page.locator('#fault-form [name=operation]').selectOption('trackEvent')
    await page.locator('#fault-form [name=customer]').fill('ada')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.locator('#acting').getByText('2 times left').waitFor()
    await expect
      .poll(() => page.locator('#acting li').innerText())
      .toMatch(/503\s+for\s+operation trackEvent\s*,\s+customer ada/)
    await post(events, event('button_click'))
    await post(events, event('button_click', 'ada'))
    await page.locator('#acting').getByText('1 time left').waitFor()
    await post(events, event('button_click', 'ada'))
    await page.locator('#acting').waitFor({ state: 'hidden' })
    expect(mock.requests.map(({ status }) => status)).toEqual([200, 503, 503])
  }),
)

test(
  'every fault of the list can be switched on, and those of a script are shown too',
  onPage(async ({ page, mock }) => {
    mock.fail([{ pass: 3 }, 'hang'])
    await page.locator('#acting').getByText('hang').waitFor()
    await page.getByRole('button', { name: 'All off' }).click()
    await page.locator('#acting').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    for (const what of ['503', '429', '401', 'status', 'delay', 'hang', 'reset', 'truncate', 'junk']) {
      await page.getByLabel('What').selectOption(what)
      await page.getByLabel('Delay, ms').fill(what === 'delay' ? '2000' : '')
      await page.getByRole('button', { name: 'Switch on' }).click()
    }
    await expect
      .poll(() => page.locator('#acting li strong').allTextContents())
      .toEqual(['503', '429', '401', '500', 'delay 2000 ms', 'hang', 'reset', 'truncate', 'junk'])
  }),
)

test(
  'a preset is switched on by one click, and every field of a script is there',
  onPage(async ({ page, mock, post }) => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByRole('button', { name: 'Rate limit' }).click()
    await page.locator('#acting').getByText('429, retry after 2 s').waitFor()
    await post(events, event('button_click'))
    expect(mock.requests.at(-1)?.status).toBe(429)
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByLabel('What').selectOption('503')
    await page.getByLabel('Delay, ms').fill('1')
    await page.getByLabel('Share, %').fill('100')
    await page.locator('#fault-form [name=event]').fill('page_view')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.locator('#acting').getByText('delay 1 ms, 503, 100 % of requests').waitFor()
    for (const name of ['button_click', 'page_view']) await post(events, event(name))
    expect(mock.requests.slice(-2).map(({ status }) => status)).toEqual([200, 503])
  }),
)

test(
  'a number that is none is refused in a sentence',
  onPage(async ({ page }) => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByLabel('How many').fill('lots')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('alert').getByText('How many is a whole number, not lots').waitFor()
    await page.getByLabel('How many').fill('0')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('alert').getByText('How many is from 1 to 1000000, not 0').waitFor()
    await expect.poll(() => page.locator('#acting li').count()).toBe(0)
  }),
)

test(
  'connections can be refused for a while, and the page comes back by itself',
  onPage(async ({ page, mock, post }) => {
    await page.getByRole('button', { name: 'Faults', exact: true }).click()
    await page.getByLabel('What').selectOption('refuse')
    await page.getByLabel('For, ms').fill('600000')
    await page.getByRole('button', { name: 'Switch on' }).click()
    const isRefused = () =>
      fetch(mock.url).then(
        () => false,
        () => true,
      )
    await expect.poll(isRefused).toBe(true)
    mock.reset()
    await expect.poll(isRefused).toBe(false)
    await post(events, event('after'))
    await rows(page).getByText('after').waitFor()
    await page.locator('#acting').waitFor({ state: 'hidden' })
    expect(mock.requests).toHaveLength(1)
  }),
)
