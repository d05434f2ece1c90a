import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { expect, test } from 'vitest'
import { operated, retriesLater } from '../operated.ts'
import { onPage, titles, visit } from './browser.ts'

const waiting = { tracker: retriesLater }

test(
  'a gate that is closed says since when, why and for how long, and that it is open again',
  onPage(async (page, own) => {
    await page.locator('#gate').getByText('Sending', { exact: true }).waitFor()
    own.mock.fail([{ status: 429, retryAfter: 30, times: 1 }])
    await own.send('ada')
    const gate = page.locator('#gate[data-state=closed]')
    await gate
      .getByText(/since \d\d:\d\d:\d\d · The API asked to wait · last answer 429 · next attempt in \d+ s/)
      .waitFor()
    expect(await page.locator('#gate .title').textContent()).toBe('Sending pauses')
  }),
)

test(
  'a customer is forgotten only once that is confirmed',
  onPage(async (page, own) => {
    await own.bury('ada', 'grace')
    await page.locator('#letter-list .row', { hasText: 'grace' }).click()
    await page.getByRole('button', { name: 'Forget customer …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(own.tracker.stats().dead).toBe(2)
    await page.getByRole('button', { name: 'Forget customer …' }).click()
    await page.getByRole('dialog').getByText('grace').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
    await page.getByText('Erased 1 event.').waitFor()
    await expect.poll(() => titles(page, 'letter')).toEqual(['ada'])
    expect(own.tracker.stats().dead).toBe(1)
  }),
)

test(
  'what clients have sent is shown as text, whatever it says',
  onPage(async (page, own) => {
    const hostile = '\u202e<img src=x onerror=alert(1)>\n"\'&'
    own.mock.fail([{ status: 503, times: 100 }], { customer: `${hostile}1` })
    own.tracker.trackEvent(`${hostile}1`, 'one')
    await own.bury(`${hostile}2`)
    const shown = String.raw`\u202e<img src=x onerror=alert(1)>\n"'&`
    await expect.poll(() => titles(page, 'lane')).toEqual([`${shown}1`])
    await expect.poll(() => titles(page, 'letter')).toEqual([`${shown}2`])
    await page.locator('#lane-list .row').click()
    await page.locator('#lane-card').getByText(`${shown}1`).waitFor()
    await page.locator('#letter-list .row').click()
    await page.locator('#letter-card').getByRole('button', { name: 'Forget customer …' }).click()
    await page.getByRole('dialog').getByText(`${shown}2`).waitFor()
    expect(await page.locator('img').count()).toBe(1)
  }, waiting),
)

test(
  'a page outlives its relay, and shows the next one',
  onPage(async (page) => {
    const port = await reservedPort()
    const first = await operated({ port })
    await first.relay.start()
    await first.bury('ada')
    await visit(page, first.url)
    await expect.poll(() => titles(page, 'letter')).toEqual(['ada'])
    await first[Symbol.asyncDispose]()
    await page.getByText('Lost, trying again').waitFor()
    await using second = await operated({ port })
    await second.relay.start()
    await second.bury('grace')
    await page.locator('#connection[data-state=live]').waitFor()
    await expect.poll(() => titles(page, 'letter')).toEqual(['grace'])
  }),
)
