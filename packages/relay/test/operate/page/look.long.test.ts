import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Operated, retriesLater } from '../operated.ts'
import { complaints, onPage, titles } from './browser.ts'

const folder = resolve(import.meta.dirname, '../../../screenshots')
const widths = [360, 768, 1280, 1536, 1920]
const longId = `https://tenant.example.com/customers/${'abcdefghij'.repeat(20)}`
const setup = { tracker: retriesLater }

/** Some of everything that the page can show. */
async function fill(page: Page, own: Operated): Promise<void> {
  await own.bury('ada', 'grace', longId)
  for (const customer of ['alan', 'edsger']) own.mock.fail([{ status: 503, times: 100 }], { customer })
  for (const customer of ['alan', 'edsger', 'alan']) await own.send(customer)
  await expect.poll(async () => (await own.tracker.waiting()).map(({ attempts }) => attempts)).toEqual([1, 1])
  await own.send('barbara', 'one', 'Bearer pk_unknown_0123456789abcdef')
  own.mock.fail([{ status: 429, retryAfter: 50, times: 1 }])
  await own.send('barbara')
  await page.locator('#gate[data-state=closed]').waitFor()
  own.tracker.trackEvent(`${longId}/2`, 'one')
  await expect.poll(() => titles(page, 'lane')).toHaveLength(4)
  await expect.poll(() => titles(page, 'letter')).toHaveLength(3)
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test(
    'axe finds nothing in any state and width, and nothing is wider than the screen',
    onPage(async (page, own) => {
      await page.emulateMedia({ colorScheme })
      await mkdir(folder, { recursive: true })
      const check = async (name: string) => {
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${page.viewportSize()?.width}.png` })
        const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
        expect({ name, isTooWide, complaints: await complaints(page) }).toEqual({
          name,
          isTooWide: false,
          complaints: [],
        })
      }
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await check('empty')
      }
      await fill(page, own)
      for (const width of widths) {
        await page.setViewportSize({ width, height: 860 })
        await page.keyboard.press('w')
        await check('waiting')
        await page.locator('#lane-list .row').first().click()
        await page.locator('#lane-card').waitFor()
        await check('lane')
        await page.keyboard.press('d')
        await page.locator('#letter-list .row').last().click()
        await page.locator('#letter-list .pick').first().click()
        await page.locator('#letter-card').waitFor()
        await check('letter')
        await page.locator('#letter-list .pick').first().click()
      }
      await page.keyboard.press('f')
      await page.getByRole('dialog').waitFor()
      await check('forget')
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog').getByText('Single keys').waitFor()
      await check('help')
    }, setup),
  )
})

test(
  'on a phone whatever can be tapped has 44 pixels',
  onPage(async (page, own) => {
    await fill(page, own)
    await page.setViewportSize({ width: 360, height: 740 })
    const small = () =>
      page.evaluate<string[]>(`[...document.querySelectorAll('button, label.check, .row, .pick')]
        .filter((part) => part.offsetParent !== null && part.offsetHeight < 44)
        .map((part) => part.outerHTML.slice(0, 80))`)
    await page.locator('#lane-list .row').first().click()
    await page.locator('#lane-card').waitFor()
    expect(await small()).toEqual([])
    await page.keyboard.press('d')
    await page.locator('#letter-list .row').first().click()
    await page.locator('#letter-card').waitFor()
    expect(await small()).toEqual([])
  }, setup),
)

test(
  'thousands of lanes and dead letters are drawn as far as they are in sight, and scrolled to the end',
  onPage(async (page, own) => {
    own.mock.fail([{ status: 400, times: 100_000 }])
    const names = Array.from({ length: 1_500 }, (_, at) => `customer-${at}`)
    await Promise.all(names.map((name) => own.tracker.trackEvent(name, 'bad').settled()))
    own.mock.reset()
    own.mock.fail([{ status: 503, times: 100_000 }])
    await Promise.all(names.map((name) => own.tracker.trackEvent(`${name}-waits`, 'one').stored))
    await page.locator('#lanes-count').getByText('the oldest 200 customers').waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.locator('#lanes-count').getByText('the oldest 1,000 customers').waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.locator('#lanes-count').getByText('1,500 customers').waitFor()
    await page.locator('#letters-count').getByText('200 of 1,500').waitFor()
    const list = page.locator('#letter-list')
    await expect
      .poll(async () => {
        await list.evaluate((element) => element.scrollTo(0, element.scrollHeight))
        return page.locator('#letters-count').textContent()
      })
      .toBe('1,500')
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await page.locator('#letter-list .row[aria-posinset="1500"]').waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(120)
  }, setup),
)
