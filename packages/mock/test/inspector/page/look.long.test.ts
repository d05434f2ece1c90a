import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identify } from '../../calls.ts'
import { type Opened, complaints, customers, event, events, rows, onPage, vendorCall } from './browser.ts'

const folder = resolve(import.meta.dirname, '../../../screenshots')
const widths = [360, 768, 1024, 1366, 1920]
const categories = [undefined, 'AI', '<b>Cloud</b>', 'Payments', 'x'.repeat(200), 'e-mail', 'maps', 'search']

/** Some of everything that the page can show. */
async function fill({ mock, post }: Opened): Promise<void> {
  await post(customers, identify)
  await post('/customer', identify)
  for (let at = 0; at < 25; at += 1) await post(events, event(`button_click_${at}`, at % 3 === 0 ? 'ada' : 'user123'))
  mock.fail([{ status: 503, times: 2 }])
  for (let at = 0; at < 3; at += 1) await post(events, event('report_exported'), { 'Idempotency-Key': 'one' })
  for (const [at, category] of categories.entries()) await post(events, vendorCall({ category, durationMs: at * 99 }))
  mock.fail(['reset'])
  await post('/events', event('page_view'))
  await post(customers, { customer_id: 'ada', name: '', email: 42, properties: { plan: 'team' }, extra: true })
  mock.fail([{ status: 429, retryAfter: 4, times: 20 }, 'hang'])
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test(
    'axe finds nothing in any state and width, and nothing is wider than the screen',
    onPage(async (opened) => {
      const { page } = opened
      await page.emulateMedia({ colorScheme })
      const check = async (name: string) => {
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${page.viewportSize()?.width}.png` })
        const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
        expect({ name, isTooWide, complaints: await complaints(page) }).toEqual({
          name,
          isTooWide: false,
          complaints: [],
        })
      }
      await mkdir(folder, { recursive: true })
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await check('empty')
      }
      await fill(opened)
      await page.locator('#acting').waitFor()
      // The newest is the one with violations, once it is there.
      await page.locator('#count').getByText('38 events').waitFor()
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await check('events')
        await page.locator('#event-list .row').first().click()
        await page.locator('.wrongs').waitFor()
        await check('details')
        await page.keyboard.press('Escape')
        await page.locator('#detail').waitFor({ state: 'hidden' })
      }
      await page.keyboard.press('f')
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await check('faults')
      }
      await page.keyboard.press('Escape')
      await page.keyboard.press('n')
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await check('names')
      }
      await page.keyboard.press('Escape')
      await page.setViewportSize({ width: 360, height: 860 })
      await page.getByRole('button', { name: 'Menu' }).click()
      await check('menu')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Filters' }).click()
      await check('filters')
      await page.keyboard.press('Escape')
      await page.setViewportSize({ width: 1400, height: 860 })
      await page.locator('#customer-list .row').nth(1).click()
      await rows(page).first().click()
      await check('customer')
      await page.locator('#customer-list .row').nth(2).click()
      await page.getByRole('button', { name: 'Show all 8' }).click()
      await page.getByRole('button', { name: 'AI , 1 call' }).click()
      await check('chart')
      await page.keyboard.press('Escape')
      await page.locator('#detail').waitFor({ state: 'hidden' })
      for (const width of [360, 768, 1024]) {
        await page.setViewportSize({ width, height: 860 })
        if (width < 900) await page.getByRole('button', { name: 'Menu' }).click()
        await page.getByRole('button', { name: 'Customers' }).click()
        if (width < 900) await page.keyboard.press('Escape')
        await page.locator('#customer-card').waitFor()
        await check('chart')
        await page.keyboard.press('Escape')
      }
      await page.setViewportSize({ width: 1400, height: 860 })
      await page.keyboard.press('?')
      await check('help')
    }),
  )
})
