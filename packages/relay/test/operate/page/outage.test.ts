import { afterEach, expect, test } from 'vitest'
import { FlakyOutbox, retriesLater } from '../operated.ts'
import { complaints, onPage, patient, titles, visit } from './browser.ts'

const made: FlakyOutbox[] = []
afterEach(() => {
  for (const flaky of made.splice(0)) flaky[Symbol.dispose]()
})

/** A relay whose outbox others share, and which the test takes away. */
function shared(): { flaky: FlakyOutbox; setup: Parameters<typeof onPage>[1] } {
  const flaky = new FlakyOutbox()
  made.push(flaky)
  const tracker = { outbox: flaky.outbox, ...retriesLater }
  return { flaky, setup: { tracker, admin: { sharedOutbox: flaky.outbox }, answerTimeoutMs: 100 } }
}

const away = shared()
test(
  'a page that is opened while the database is away shows no number and no list that it does not know',
  onPage(async (page, own) => {
    const { flaky } = away
    await own.bury('ada')
    await expect.poll(() => titles(page, 'letter'), patient).toEqual(['ada'])
    flaky.isDown = true
    await own.send('grace')
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await visit(page, own.url)
    await page.locator('#trouble').getByText('The database cannot be reached').waitFor()
    const figure = (name: string) => page.locator('#totals div', { hasText: name }).locator('dd').textContent()
    await expect.poll(() => Promise.all(['Pending', 'Oldest', 'Dead'].map(figure)), patient).toEqual(['–', '–', '–'])
    const text = await page.locator('body').innerText()
    expect(text).not.toMatch(/Sending|No event was given up|Nothing waits|Dead letters\s+0/)
    expect(text.match(/ECONNREFUSED/g)).toHaveLength(1)
    expect(text.match(/Not known while the outbox fails\./g)).toHaveLength(2)
    expect(await complaints(page)).toEqual([])
    await page.waitForTimeout(2_500)
    expect(asked.filter((path) => path === '/dead').length).toBeLessThan(3)
    flaky.isDown = false
    await expect.poll(() => titles(page, 'letter'), patient).toEqual(['ada'])
    // Though no event has come that would show it.
    await page.locator('#gate').getByText('Sending', { exact: true }).waitFor()
    await page.locator('#trouble').waitFor({ state: 'hidden' })
    await expect.poll(() => figure('Dead'), patient).toBe('1')
  }, away.setup),
)

const both = shared()
test(
  'of a shared outbox each number says whose it is',
  onPage(async (page) => {
    const figure = (name: string) => page.locator('#totals div', { hasText: name }).locator('dt')
    for (const name of ['Pending', 'Oldest', 'Dead']) await figure(name).getByText('of all').waitFor()
    for (const name of ['Accepted', 'Delivered', 'Refused']) await figure(name).getByText('of this relay').waitFor()
    expect(await complaints(page)).toEqual([])
  }, both.setup),
)

test(
  'on a phone a customer who waits keeps the age, the reason and the pause, and the environment is seen',
  onPage(
    async (page, own) => {
      await page.setViewportSize({ width: 360, height: 740 })
      own.mock.fail([{ status: 503, times: 100 }], { customer: 'ada' })
      await own.send('ada')
      const row = page.locator('#lane-list .row', { hasText: 'ada' })
      await row.getByText('503').waitFor()
      own.mock.fail([{ status: 429, retryAfter: 50, times: 1 }])
      await own.send('grace')
      const other = page.locator('#lane-list .row', { hasText: 'grace' })
      await other.getByText(/ old · 1 attempt · waits for the pause$/).waitFor()
      for (const text of [/ old · 1 attempt · next in /, /503/])
        expect(await row.getByText(text).isVisible()).toBe(true)
      expect(await page.locator('#environment').isVisible()).toBe(true)
      expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false)
    },
    { tracker: retriesLater },
  ),
)
