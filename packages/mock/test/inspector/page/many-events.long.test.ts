import { expect, test } from 'vitest'
import { Recorder } from '../../../src/recording/recorder.ts'
import { exchange, inspectorOf } from '../inspector-of.ts'
import { onPage, rows, titles, visit } from './browser.ts'

test(
  'ten thousand events scroll without ten thousand rows, down to the first',
  onPage(async ({ page }) => {
    const recorder = new Recorder({ maxRecords: 20_000, maxBytes: Infinity })
    for (let seq = 1; seq <= 9000; seq += 1) recorder.add(exchange(seq))
    const inspector = await inspectorOf(recorder)
    const nodes = () => page.evaluate<number>('document.querySelectorAll("*").length')
    try {
      await visit(page, inspector)
      await page.locator('#count').getByText('9,000 events').waitFor()
      for (let seq = 9001; seq <= 10_000; seq += 1) recorder.add(exchange(seq))
      await page.locator('#count').getByText('10,000 events').waitFor()
      expect(await nodes()).toBeLessThan(1500)
      await rows(page).first().click()
      await page.keyboard.press('End')
      const last = page.locator('#event-list .row:focus')
      await expect.poll(() => last.getAttribute('aria-posinset')).toBe('10000')
      await expect.poll(() => last.getAttribute('aria-setsize')).toBe('10000')
      await expect.poll(() => last.locator('.title').textContent()).toBe('event-1')
      expect(await nodes()).toBeLessThan(1500)
      recorder.add(exchange(10_001))
      await page.locator('#count').getByText('10,001 events').waitFor()
      await expect.poll(() => last.locator('.title').textContent()).toBe('event-1')
      await page.locator('#newer').click()
      await rows(page).getByText('event-10001').waitFor()
      await page.getByLabel('Search').fill('event:event-1234 customer:customer-1234')
      await page.locator('#count').getByText('1 of 10,001 events').waitFor()
    } finally {
      await inspector[Symbol.asyncDispose]()
    }
  }),
)

test(
  'nothing is lost or shown twice when only the connection breaks',
  onPage(async ({ page }) => {
    const recorder = new Recorder({ maxRecords: 100, maxBytes: Infinity })
    const inspector = await inspectorOf(recorder)
    try {
      await visit(page, inspector)
      for (let seq = 1; seq <= 3; seq += 1) recorder.add(exchange(seq))
      await page.locator('#count').getByText('3 events').waitFor()
      inspector.cut()
      for (let seq = 4; seq <= 6; seq += 1) recorder.add(exchange(seq))
      await page.locator('#count').getByText('6 events').waitFor()
      await expect.poll(() => titles(page)).toEqual(['event-6', 'event-5', 'event-4', 'event-3', 'event-2', 'event-1'])
      inspector.cut()
      for (let seq = 7; seq <= 150; seq += 1) recorder.add(exchange(seq))
      await page.getByText('44 exchanges had gone before this page could have them').waitFor()
    } finally {
      await inspector[Symbol.asyncDispose]()
    }
  }),
)
