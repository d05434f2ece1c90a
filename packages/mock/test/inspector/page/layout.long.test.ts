import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Opened, customers, event, events, onPage, rows } from './browser.ts'

const id = 'cus_NffrFeUfNV2Hib'
const name = 'subscription_plan_upgrade'
const row = '#event-list .row:has(.badge)'

/** One event of a long name and six attempts, between others. */
async function fill({ page, mock, post }: Opened): Promise<void> {
  await post(customers, { customer_id: id, name: 'Acme GmbH' })
  for (let at = 0; at < 30; at += 1) await post(events, event(`page_view_${at}`, id))
  mock.fail([{ status: 503, times: 5 }])
  for (let at = 0; at < 6; at += 1) await post(events, event(name, id), { 'Idempotency-Key': 'one' })
  await post(events, { customer_id: id, event: name, propertys: {} })
  await page.locator('#count').getByText('33 events').waitFor()
}

/** Tells that a text of the row is there as a whole. */
function isWhole(page: Page, part: string): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const text = document.querySelector('${row} ${part}')
    return text.offsetWidth > 0 && text.scrollWidth <= text.clientWidth
  })()`)
}

function topOf(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().top`)
}

test(
  'names of 25 letters, ids and the number of attempts can be read at every width, with the details open and closed',
  onPage(async (opened) => {
    const { page } = opened
    await fill(opened)
    for (const width of [360, 768, 1024, 1280, 1366, 1440, 1536, 1920]) {
      await page.setViewportSize({ width, height: 2400 })
      for (const part of ['.title', '.customer', '.badge'])
        expect([width, part, await isWhole(page, part)]).toContain(true)
      await page.locator(row).click()
      await page.locator('#detail').getByText('6 attempts').waitFor()
      // On a narrow screen the details take the place of the list.
      const parts = width >= 1024 ? ['.title', '.customer'] : []
      for (const part of parts) expect([width, part, await isWhole(page, part)]).toContain(true)
      await page.keyboard.press('Escape')
      await page.locator('#detail').waitFor({ state: 'hidden' })
    }
  }),
)

test(
  'what is wrong is in its row, on a phone too',
  onPage(async (opened) => {
    const { page } = opened
    await fill(opened)
    const reason = rows(page).getByText('propertys is not a field')
    for (const width of [1366, 768, 360]) {
      await page.setViewportSize({ width, height: 2400 })
      await reason.waitFor()
      const isCut = `(() => {
        const reason = document.querySelector('#event-list .reason')
        return reason.scrollWidth > reason.clientWidth
      })()`
      expect([width, await page.evaluate<boolean>(isCut)]).toEqual([width, false])
    }
  }),
)

test(
  'a row is one line where the list has the space, with heads over the columns, and two where it has not',
  onPage(async (opened) => {
    const { page } = opened
    await fill(opened)
    const height = () => page.evaluate<number>(`document.querySelector('#event-list .row').offsetHeight`)
    await page.setViewportSize({ width: 1366, height: 800 })
    await expect.poll(height).toBe(36)
    const columns = ['.outcome', '.what', '.by']
    for (const [at, column] of columns.entries()) {
      const left = (selector: string) =>
        page.evaluate<number>(`Math.round(document.querySelector('${selector}').getBoundingClientRect().left)`)
      expect([column, await left(`#heads span:nth-child(${at + 1})`)]).toEqual([
        column,
        await left(`#event-list ${column}`),
      ])
    }
    await page.locator(row).click()
    await expect.poll(height).toBe(58)
    expect(await page.locator('#heads').isVisible()).toBe(false)
  }),
)

test(
  'on a phone the first row begins within 120 pixels, whatever can be tapped has 44, and no field makes it zoom',
  onPage(async (opened) => {
    const { page } = opened
    await page.setViewportSize({ width: 360, height: 740 })
    await fill(opened)
    expect(await topOf(page, '#event-list .row')).toBeLessThanOrEqual(120)
    const small = () =>
      page.evaluate<
        string[]
      >(`[...document.querySelectorAll('button, select, input:not([type=checkbox], [type=radio]), label.check, .segments label, .row')]
        .filter((part) => part.offsetParent !== null)
        .filter((part) => part.offsetHeight < 44 && !part.matches('.unseen'))
        .map((part) => part.outerHTML.slice(0, 80))`)
    const sizes = () =>
      page.evaluate<number[]>(
        `[...document.querySelectorAll('input, select')].map((part) => parseFloat(getComputedStyle(part).fontSize))`,
      )
    expect(Math.min(...(await sizes()))).toBeGreaterThanOrEqual(16)
    expect(await small()).toEqual([])
    await page.getByRole('button', { name: 'Menu' }).click()
    expect(await small()).toEqual([])
    await page.getByRole('button', { name: 'Faults' }).click()
    expect(await small()).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Filters' }).click()
    expect(await small()).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator(row).click()
    await page.locator('#detail').getByText('6 attempts').waitFor()
    expect(await small()).toEqual([])
  }),
)

test(
  'nothing moves when a filter is set or taken away',
  onPage(async (opened) => {
    const { page } = opened
    await fill(opened)
    const places = () =>
      page.evaluate<
        number[]
      >(`['#search', '#operation', '#status', '#violations', '#customer-list', '#event-list', '#count']
        .flatMap((selector) => { const { left, top, width } = document.querySelector(selector).getBoundingClientRect(); return [left, top, width] })`)
    for (const width of [1024, 1400]) {
      await page.setViewportSize({ width, height: 800 })
      const before = await places()
      await page.getByLabel('Search').fill('page_view')
      await page.getByLabel('Only violations').check()
      await page.getByText('No event matches').waitFor()
      await page.getByLabel('Only violations').uncheck()
      await page.locator('#status').selectOption('2xx')
      if (width === 1400) await page.locator('#customer-list .row').nth(1).click()
      await page.getByText('No event matches').waitFor({ state: 'hidden' })
      await page.locator('#unfilter').waitFor()
      expect(await places()).toEqual(before)
      await page.locator('#unfilter').click()
      await page
        .locator('#count')
        .getByText(/^33 events/)
        .waitFor()
      expect(await places()).toEqual(before)
    }
  }),
)

test(
  'the details are closed until something is chosen, and as wide as a person wants them, at the next visit too',
  onPage(async (opened) => {
    const { page, mock } = opened
    await fill(opened)
    const detail = page.locator('#detail')
    expect(await detail.isVisible()).toBe(false)
    await page.locator(row).click()
    await detail.waitFor()
    const width = () => page.evaluate<number>(`document.querySelector('#detail').offsetWidth`)
    const first = await width()
    const box = await page.locator('#divider').boundingBox()
    const [x, y] = [box?.x ?? 0, (box?.y ?? 0) + 200]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - 100, y)
    await page.mouse.up()
    await expect.poll(width).toBe(first + 100)
    await page.locator('#divider').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(width).toBe(first + 76)
    await page.goto(`${mock.url}/_inspector`)
    await page.locator(row).click()
    await expect.poll(width).toBe(first + 76)
    await page.getByRole('button', { name: 'Close the details' }).click()
    await detail.waitFor({ state: 'hidden' })
  }),
)
