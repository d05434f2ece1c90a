import { expect, test } from 'vitest'
import { retriesLater } from '../operated.ts'
import { onPage, titles } from './browser.ts'

const waiting = { tracker: retriesLater }

test(
  'who waits is seen as it comes, with the reason, and goes when it is delivered',
  onPage(async (page, own) => {
    await page.locator('#lanes').getByText('Nothing waits.').waitFor()
    own.mock.fail([{ status: 503, times: 1 }], { customer: 'ada' })
    await own.send('ada', 'one')
    await own.send('ada', 'two')
    const row = page.locator('#lane-list .row', { hasText: 'ada' })
    await row.getByText('2 pending').waitFor()
    await row.getByText('503').waitFor()
    await row.click()
    await page.locator('#lane-card').getByText('Failed to track event: 503').waitFor()
    await page.locator('#totals div', { hasText: 'Pending' }).getByText('2', { exact: true }).waitFor()
    await own.tracker.forget('ada')
    await page.locator('#lanes').getByText('Nothing waits.').waitFor()
    await page.locator('#lane-card').waitFor({ state: 'hidden' })
    expect(await titles(page, 'lane')).toEqual([])
  }, waiting),
)

test(
  'dead letters are replayed one by one, as chosen, and all together',
  onPage(async (page, own) => {
    await own.bury('ada', 'grace', 'alan', 'edsger', 'barbara')
    await expect.poll(() => titles(page, 'letter')).toEqual(['ada', 'grace', 'alan', 'edsger', 'barbara'])
    const rows = page.locator('#letter-list .row')
    await rows.nth(0).click()
    await page.locator('#letter-card').getByText('400 refused, after 1 attempt').waitFor()
    await page.locator('#letter-card').getByRole('button', { name: 'Replay' }).click()
    await page.getByText('Replayed 1 dead letter.').waitFor()
    await expect.poll(() => titles(page, 'letter')).toEqual(['grace', 'alan', 'edsger', 'barbara'])
    await rows.nth(1).locator('.pick').click()
    await rows.nth(3).locator('.pick').click()
    await expect.poll(() => rows.nth(1).getAttribute('aria-checked')).toBe('true')
    await page.getByRole('button', { name: 'Replay 2' }).click()
    await expect.poll(() => titles(page, 'letter')).toEqual(['grace', 'edsger'])
    // The dialog counts what the page was told last, which is a moment behind the list.
    await page.locator('#totals div', { hasText: 'Dead' }).getByText('2', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Replay all' }).click()
    await page.getByRole('dialog').getByText('Replay 2 dead letters?').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay all' }).click()
    await page.locator('#letters').getByText('No event was given up.').waitFor()
    await expect.poll(() => own.tracker.stats()).toMatchObject({ delivered: 5, dead: 0 })
  }),
)

test(
  'everything can be done with the keyboard',
  onPage(async (page, own) => {
    own.mock.fail([{ status: 503, times: 100 }], { customer: 'alan' })
    await own.send('alan')
    await own.bury('ada', 'grace')
    await expect.poll(() => titles(page, 'letter')).toEqual(['ada', 'grace'])
    await expect.poll(() => titles(page, 'lane')).toEqual(['alan'])
    const focused = page.locator('.row:focus .title')
    await page.keyboard.press('d')
    await expect.poll(() => focused.textContent()).toBe('ada')
    await page.keyboard.press('j')
    await expect.poll(() => focused.textContent()).toBe('ada')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await expect.poll(() => focused.textContent()).toBe('grace')
    await page.getByRole('button', { name: 'Replay 1' }).waitFor()
    await page.keyboard.press('r')
    await expect.poll(() => titles(page, 'letter')).toEqual(['grace'])
    await page.keyboard.press('Enter')
    await page.locator('#letter-card button:focus').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused.textContent()).toBe('grace')
    await page.keyboard.press('f')
    await page.getByRole('dialog').getByText('grace').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('w')
    await expect.poll(() => focused.textContent()).toBe('alan')
    await page.keyboard.press('k')
    await page.locator('#lane-card').getByText('alan').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#lane-card').waitFor({ state: 'hidden' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Replay what is chosen').waitFor()
    expect(own.tracker.stats()).toMatchObject({ dead: 1 })
  }, waiting),
)
