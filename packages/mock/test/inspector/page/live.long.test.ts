import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { expect, test } from 'vitest'
import { startMock } from '../../../src/index.ts'
import { identify } from '../../calls.ts'
import { customers, event, events, poster, rows, texts, titles, visit, onPage } from './browser.ts'

test(
  'an event appears as it arrives, without a reload, the newest at the top',
  onPage(async ({ page, post }) => {
    await post(events, event('button_click'))
    await rows(page).getByText('button_click').waitFor()
    await post(events, event('page_view'))
    await rows(page).getByText('page_view').waitFor()
    await expect.poll(() => titles(page)).toEqual(['page_view', 'button_click'])
    await expect.poll(() => rows(page).first().innerText()).toMatch(/200\s*valid\s*page_view\s*user123/)
  }),
)

test(
  'an empty page tells how to send the first event to this very mock',
  onPage(async ({ page, mock }) => {
    const snippets = await page.locator('#empty pre').allTextContents()
    expect(snippets[0]).toContain(`curl ${mock.url}/events/test`)
    expect(snippets[1]).toContain(`baseUrl: '${mock.url}'`)
  }),
)

test(
  'a violation stands beside its field, and a missing field where it should be',
  onPage(async ({ page, post }) => {
    await post(customers, { name: '', email: 42, extra: 1 })
    await rows(page).first().click()
    const wrong = page.locator('#detail .line[data-wrong]')
    await rows(page).getByText('customer_id is missing, and 3 more').waitFor()
    await page.getByRole('heading', { name: '4 violations' }).waitFor()
    await expect
      .poll(() => texts(wrong))
      .toEqual([
        '"customer_id" is missing',
        '"name": "", must not be empty',
        '"email": 42, must be string',
        '"extra": 1 is not a field of the OpenAPI document',
      ])
  }),
)

test(
  'attempts of one event are one row, and each can be looked at',
  onPage(async ({ page, mock, post }) => {
    mock.fail([{ status: 503 }, { status: 429, retryAfter: 7 }])
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await post(events, event('button_click'), { 'Idempotency-Key': 'one' })
    }
    await rows(page).getByText('×3').waitFor()
    await expect.poll(() => titles(page)).toEqual(['button_click'])
    await rows(page).first().click()
    const attempts = page.locator('.attempt')
    await expect.poll(() => texts(attempts.locator('.outcome'))).toEqual(['503 failed', '429 refused', '200 valid'])
    expect((await texts(attempts.locator('.wait'))).join()).toMatch(/^,\+\d.*,\+\d/)
    await expect.poll(() => attempts.nth(2).getAttribute('aria-current')).toBe('true')
    await attempts.nth(1).click()
    await page.getByRole('radiogroup', { name: 'Show the answer as' }).getByLabel('Headers').check()
    await expect.poll(() => page.locator('.headers').innerText()).toMatch(/retry-after\s+7/)
  }),
)

test(
  'customers have their events and the traits of their last identify',
  onPage(async ({ page, post }) => {
    await post(customers, { ...identify, properties: { plan: 'free' } })
    await post(customers, { ...identify, properties: { plan: 'premium', seats: 3 } })
    await post(events, event('button_click', 'ada'))
    const list = page.locator('#customer-list .row')
    await expect.poll(() => list.locator('.id').allTextContents()).toEqual(['All customers', 'ada', 'user123'])
    await expect.poll(() => list.nth(1).innerText()).toContain('not identified')
    await list.nth(2).click()
    await expect
      .poll(() => page.locator('#customer-card').innerText())
      .toMatch(/John Doe[^]*john@example.com[^]*premium[^]*3/)
    await expect.poll(() => titles(page)).toEqual(['John Doe', 'John Doe'])
  }),
)

test(
  'a paused page holds still, and catches up afterwards',
  onPage(async ({ page, post }) => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await post(events, event('button_click'))
    await page.getByText('Paused, 1 waiting').waitFor()
    expect(await rows(page).count()).toBe(0)
    await page.getByRole('button', { name: 'Resume' }).click()
    await rows(page).getByText('button_click').waitFor()
  }),
)

test(
  'clear empties this page alone, beyond a reload, and can be undone',
  onPage(async ({ page, mock, post }) => {
    const other = await page.context().newPage()
    await visit(other, mock)
    await post(events, event('before'))
    await rows(other).first().waitFor()
    await rows(page).first().waitFor()
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByText('Waiting for the first event').waitFor()
    expect(mock.requests).toHaveLength(1)
    await expect.poll(() => titles(other)).toEqual(['before'])
    await post(events, event('after'))
    await rows(page).getByText('after').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => titles(page)).toEqual(['after', 'before'])
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByText('2 events were cleared').waitFor()
    await page.reload()
    await page.locator('#connection[data-state=live]').waitFor()
    await page.getByText('This page was cleared').waitFor()
    await post(events, event('later'))
    await rows(page).getByText('later').waitFor()
    await expect.poll(() => titles(page)).toEqual(['later'])
    await expect.poll(() => titles(other)).toEqual(['later', 'after', 'before'])
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.reload()
    await page.getByRole('button', { name: 'Bring back' }).click()
    await expect.poll(() => titles(page)).toEqual(['later', 'after', 'before'])
    await other.close()
  }),
)

test(
  'an empty page sends a first event at a click',
  onPage(async ({ page, mock }) => {
    await page.getByRole('button', { name: 'Send a test event' }).click()
    await rows(page).getByText('button_click').waitFor()
    expect(mock.requests).toMatchObject([{ operation: 'trackEvent', status: 200, valid: true }])
  }),
)

test(
  'what arrives while a person looks at older events is counted, and nothing else is',
  onPage(async ({ page, post }) => {
    for (let at = 0; at < 60; at += 1) await post(events, event(`old_${at}`))
    await page.locator('#count').getByText('60 events').waitFor()
    await page.evaluate(`document.querySelector('#event-list').scrollTop = 600`)
    await post(events, event('fresh_1'))
    await page.getByText('1 newer event').waitFor()
    await post(events, event('fresh_2', 'ada'))
    await page.getByText('2 newer events').waitFor()
    await page.getByLabel('Search').fill('user123')
    await page.getByText('1 newer event', { exact: false }).waitFor()
    await page.locator('#newer').click()
    await expect.poll(async () => (await titles(page))[0]).toBe('fresh_1')
    await page.locator('#newer').waitFor({ state: 'hidden' })
  }),
)

test(
  'what has just arrived is tinted for a while, and what was there before is not',
  onPage(async ({ page, mock, post }) => {
    await post(events, event('before'))
    await visit(page, mock)
    await rows(page).first().waitFor()
    const tinted = () =>
      page.evaluate<number>(`document.querySelector('#event-list').getAnimations({ subtree: true }).length`)
    expect(await tinted()).toBe(0)
    await post(events, event('fresh'))
    await expect.poll(tinted, { interval: 20 }).toBe(1)
  }),
)

test(
  'a reset in a test leaves the page as it is',
  onPage(async ({ page, mock, post }) => {
    await post(events, event('before'))
    await rows(page).getByText('before').waitFor()
    mock.reset()
    await post(events, event('after'))
    await rows(page).getByText('after').waitFor()
    await expect.poll(() => titles(page)).toEqual(['after', 'before'])
    expect(mock.requests).toHaveLength(1)
  }),
)

test(
  'a page outlives its server: what it showed stays, and what comes next is marked',
  onPage(async ({ page }) => {
    const port = await reservedPort()
    const first = await startMock({ port })
    await visit(page, first)
    await poster(first)(events, event('before'))
    await rows(page).getByText('before').waitFor()
    await first.close()
    await page.getByText('Lost, trying again').waitFor()
    const second = await startMock({ port })
    try {
      await poster(second)(events, event('after'))
      await rows(page).getByText('after').waitFor()
      await page.locator('#connection[data-state=live]').waitFor()
      await rows(page).getByText('the mock was started again').waitFor()
      await poster(second)(events, event('later'))
      await rows(page).getByText('later').waitFor()
      await expect.poll(() => titles(page)).toEqual(['later', 'after', 'before'])
    } finally {
      await second.close()
    }
  }),
)
