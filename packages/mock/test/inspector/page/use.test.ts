import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { identify } from '../../calls.ts'
import { customers, event, events, rows, titles, onPage } from './browser.ts'

test(
  'search and filters narrow the list, and are taken away at once',
  onPage(async ({ page, post }) => {
    await post(customers, identify)
    await post(events, event('button_click', 'ada'))
    await post(events, event('page_view'))
    await post(events, { customer_id: 'ada' })
    await page.locator('#count').getByText('4 events').waitFor()
    await page.getByLabel('Search').fill('ada')
    await page.locator('#count').getByText('2 of 4 events').waitFor()
    await page.getByLabel('Only violations').check()
    await expect.poll(() => titles(page)).toEqual(['POST /events/test'])
    await page.getByLabel('Search').fill('ada zebra')
    await page.getByText('No event matches').waitFor()
    await page.locator('#empty').getByRole('button', { name: 'Clear filters' }).click()
    await page.locator('.filters').getByLabel('Operation').selectOption('identifyCustomer')
    await expect.poll(() => titles(page)).toEqual(['John Doe'])
    await page.locator('.filters').getByLabel('Operation').selectOption('')
    await page.locator('.filters').getByLabel('Status').selectOption('4xx')
    await expect.poll(() => titles(page)).toEqual(['POST /events/test'])
  }),
)

test(
  'what went to production is marked as such, in the list and beside its details',
  onPage(async ({ page, post }) => {
    await post(events, event('tried'))
    await post('/events', event('counted'))
    const marked = rows(page).filter({ has: page.getByText('production', { exact: true }) })
    await expect.poll(() => titles(page)).toEqual(['counted', 'tried'])
    await expect.poll(() => marked.locator('.title').allTextContents()).toEqual(['counted'])
    const mark = page.locator('#detail').getByText('production', { exact: true })
    await marked.click()
    await page.getByRole('heading', { name: 'counted' }).waitFor()
    await expect.poll(() => mark.count()).toBe(1)
    await rows(page).last().click()
    await page.getByRole('heading', { name: 'tried' }).waitFor()
    await expect.poll(() => mark.count()).toBe(0)
  }),
)

test(
  'everything can be done with the keyboard',
  onPage(async ({ page, mock, post }) => {
    for (const name of ['one', 'two', 'three']) await post(events, event(name))
    await page.locator('#count').getByText('3 events').waitFor()
    const focused = page.locator('#event-list .row:focus .title')
    await page.keyboard.press('j')
    await expect.poll(() => focused.textContent()).toBe('three')
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => focused.textContent()).toBe('one')
    await page.keyboard.press('k')
    await expect.poll(() => focused.textContent()).toBe('two')
    await page.getByRole('heading', { name: 'two' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('#detail:focus').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused.textContent()).toBe('two')
    await page.keyboard.press('/')
    await page.keyboard.type('three')
    await expect.poll(() => titles(page)).toEqual(['three'])
    await page.keyboard.press('Escape')
    await expect.poll(() => titles(page)).toHaveLength(3)
    await page.keyboard.press('Escape')
    await page.keyboard.press('f')
    await page.locator('#fault-what:focus').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('#acting').getByText('503').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#faults').waitFor({ state: 'hidden' })
    expect(await page.locator('#faults-switch:focus').count()).toBe(1)
    await page.keyboard.press('p')
    await page.getByText('Paused').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Single keys work as shortcuts').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('p')
    await page.getByText('Paused').waitFor()
    expect(mock.requests).toHaveLength(3)
  }),
)

test(
  'the focus stays on its event while others arrive',
  onPage(async ({ page, post }) => {
    await post(events, event('first'))
    await rows(page).first().click()
    for (let at = 0; at < 60; at += 1) await post(events, event(`later-${at}`))
    await page.locator('#count').getByText('61 events').waitFor()
    await expect.poll(() => page.locator('#event-list .row:focus .title').textContent()).toBe('first')
    await page.getByRole('heading', { name: 'first' }).waitFor()
  }),
)

test(
  'copy as curl gives a command that does the same again',
  onPage(async ({ page, mock, post }) => {
    const body = { customer_id: "o'brien", event: '$(touch x) `id` "quoted" \\ 計画\n' }
    await post(events, body, { 'Idempotency-Key': 'one' })
    await rows(page).first().click()
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    await page.getByText('Copied the request as curl').waitFor()
    const command = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(command).toContain('$EVENT_TRACKING_AUTH_TOKEN')
    expect(command).not.toContain('secret-token')
    await promisify(execFile)('sh', ['-c', `${command} --silent --show-error`], {
      env: { ...process.env, EVENT_TRACKING_AUTH_TOKEN: 'secret-token' },
    })
    expect(mock.requests).toHaveLength(2)
    expect(mock.requests[1]).toMatchObject({ body, status: 200, id: 'one' })
  }),
)

async function exported(page: Page, choice: string): Promise<{ name: string; lines: unknown[] }> {
  await page.getByRole('button', { name: 'Export' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: choice }).click(),
  ])
  const text = await readFile(await download.path(), 'utf8')
  const lines = text.trimEnd().split('\n')
  return { name: download.suggestedFilename(), lines: lines.map((line) => JSON.parse(line) as unknown) }
}

test(
  'an export holds what the filter shows, as calls for track --from or as exchanges in full',
  onPage(async ({ page, post }) => {
    await post(events, event('button_click', 'ada'))
    await post(events, event('page_view'))
    await page.getByLabel('Search').fill('ada')
    await page.locator('#count').getByText('1 of 2 events').waitFor()
    const calls = await exported(page, 'track --from')
    expect(calls.name).toMatch(/^calls-.*\.ndjson$/)
    expect(calls.lines).toEqual([{ type: 'track', customer_id: 'ada', event: 'button_click' }])
    const full = await exported(page, 'Exchanges in full')
    expect(full.name).toMatch(/^exchanges-.*\.ndjson$/)
    expect(full.lines).toMatchObject([
      { seq: expect.any(Number) as number, body: { event: 'button_click' }, answer: { status: 200 } },
    ])
  }),
)

test(
  'what is chosen can be seen in dark and light, and the choice is kept',
  onPage(async ({ page }) => {
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    const asSystem = await ground()
    await page.getByRole('button', { name: 'Theme' }).click()
    await page.getByRole('button', { name: 'Theme' }).click()
    await expect.poll(() => ground()).not.toBe(asSystem)
    await page.reload()
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
    await expect.poll(() => ground()).not.toBe(asSystem)
  }),
)
