import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { complaints, newPage, overflow, useBrowser } from './browser.ts'

const opened = useBrowser()

/** Opens the front, with a profile of the browser that has never seen it, and closes it after the test. */
function onFront(body: (page: Page) => Promise<void>, options: Parameters<typeof newPage>[1] = {}) {
  return async (): Promise<void> => {
    const { page, noises } = await newPage(opened(), options)
    try {
      await page.goto(opened().site.url)
      await isOpen(page)
      await body(page)
      expect(noises).toEqual([])
    } finally {
      await page.context().close()
    }
  }
}

const part = (page: Page, name: string) => page.locator(`[data-part="${name}"]`)
const isOpen = (page: Page) => page.locator('.playground[data-state=open]').waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const flip = (page: Page, name: string) => page.getByRole('switch', { name }).click()
const isOn = (page: Page, name: string) => page.getByRole('switch', { name }).isChecked()
const text = async (page: Page, name: string) => (await part(page, name).innerText()).replaceAll(/\s+/g, ' ').trim()
const rows = async (page: Page, name: string) =>
  (await part(page, name).locator('li').allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' ').trim())

/** Waits until this many events were delivered by the tab that is open. */
async function delivered(page: Page, count: number): Promise<void> {
  await expect.poll(() => text(page, 'count-delivered')).toBe(String(count))
}

async function isEmpty(page: Page): Promise<void> {
  await expect.poll(() => text(page, 'stored')).toBe('empty')
}

test(
  'an event of a customer is attempted once, and ends in a receipt',
  onFront(async (page) => {
    await press(page, 'Send for bob')
    await delivered(page, 1)
    expect(await rows(page, 'attempts')).toEqual(['#1 bob attempt 1 200'])
    expect(await rows(page, 'receipts')).toEqual([expect.stringMatching(/^#1 bob 1 attempt, \d+\.\d s 200$/)])
    await expect.poll(() => text(page, 'api')).toBe('The API has 1 event, each of them once.')
    await expect
      .poll(() => text(page, 'totals'))
      .toBe('1 accepted, 1 delivered, 0 rejected, 0 dropped, 0 dead, 0 pending')
  }),
)

test(
  'twenty events wait in three lanes and arrive in the order of each customer',
  onFront(async (page) => {
    await press(page, 'Send twenty')
    await expect.poll(() => part(page, 'lane-events').locator('li').count()).toBeGreaterThan(3)
    await delivered(page, 20)
    await isEmpty(page)
    const numbers = (await rows(page, 'attempts')).toReversed()
    for (const customer of ['ada', 'bob', 'eve']) {
      const own = numbers.filter((row) => row.includes(customer)).map((row) => Number(/#(\d+)/.exec(row)?.[1]))
      expect(own.length).toBeGreaterThan(5)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
  }),
)

test(
  '503 twice: two attempts fail, the switch goes off by itself, and the third one delivers',
  onFront(async (page) => {
    await flip(page, '503 twice')
    await press(page, 'Send for ada')
    await delivered(page, 1)
    expect(await rows(page, 'attempts')).toEqual([
      '#1 ada attempt 3 200',
      '#1 ada attempt 2 503',
      '#1 ada attempt 1 503',
    ])
    expect(await rows(page, 'receipts')).toEqual([expect.stringMatching(/^#1 ada 3 attempts, \d+\.\d s 200$/)])
    expect(await isOn(page, '503 twice')).toBe(false)
  }),
)

test(
  '429 for four seconds: the gate closes for all customers, and what waited is delivered behind it',
  onFront(async (page) => {
    await flip(page, '429 for four seconds')
    await press(page, 'Send for ada')
    await expect
      .poll(() => text(page, 'gate'))
      .toMatch(/^closed The API asked to wait \(429\); a probe goes in \d\.\d s$/)
    const before = (await rows(page, 'attempts')).length
    await press(page, 'Send for eve')
    await expect.poll(() => part(page, 'lane-eve').innerText()).toMatch(/#2 not tried yet/)
    expect(await rows(page, 'attempts')).toHaveLength(before)
    await delivered(page, 2)
    expect(await text(page, 'gate')).toBe('open')
    expect(await isOn(page, '429 for four seconds')).toBe(false)
  }),
)

test(
  'network off: no attempt gets an answer and nothing is lost; on again, all of it arrives once',
  onFront(async (page) => {
    await flip(page, 'Network off')
    await press(page, 'Send twenty')
    await expect.poll(() => rows(page, 'attempts')).toContainEqual(expect.stringMatching(/attempt 2 no answer$/))
    expect(await text(page, 'stored')).toBe('20 events')
    expect(await text(page, 'count-delivered')).toBe('0')
    await flip(page, 'Network off')
    await delivered(page, 20)
    await isEmpty(page)
    expect(await text(page, 'api')).toBe('The API has 20 events, each of them once.')
  }),
)

test(
  'refuse the token: everybody is refused and kept; with the token taken again all is delivered',
  onFront(async (page) => {
    await flip(page, 'Refuse the token')
    await press(page, 'Send twenty')
    await expect
      .poll(() => text(page, 'gate'))
      .toMatch(/^(?:refused|probing) The API refuses events of several customers \(401\)/)
    await expect
      .poll(() => rows(page, 'receipts'))
      .toContainEqual(expect.stringMatching(/AuthenticationError kept, tried again$/))
    expect(await text(page, 'stored')).toBe('20 events')
    await flip(page, 'Refuse the token')
    await delivered(page, 20)
    expect(await text(page, 'gate')).toBe('open')
  }),
)

test(
  'closing the tab and opening it again delivers what waited, each event exactly once',
  onFront(async (page) => {
    await flip(page, 'Network off')
    await press(page, 'Send twenty')
    await expect.poll(() => text(page, 'stored')).toBe('20 events')
    await press(page, 'Close the tab')
    expect(page.frames()).toHaveLength(1)
    await expect.poll(() => text(page, 'gate')).toBe('No tab is open. The outbox keeps what waits.')
    expect(await text(page, 'count-pending')).toBe('–')
    await flip(page, 'Network off')
    expect(await text(page, 'stored')).toBe('20 events')
    await press(page, 'Open it again')
    await isOpen(page)
    await isEmpty(page)
    await expect.poll(() => text(page, 'api')).toBe('The API has 20 events, each of them once.')
    await expect.poll(async () => (await rows(page, 'receipts')).length).toBe(20)
  }),
)

test(
  'reloading the page delivers what waited, too, and goes on counting',
  onFront(async (page) => {
    await flip(page, 'Network off')
    await press(page, 'Send for eve')
    await expect.poll(() => text(page, 'stored')).toBe('1 event')
    await page.reload()
    await isOpen(page)
    await isEmpty(page)
    await expect.poll(() => text(page, 'api')).toBe('The API has 1 event, each of them once.')
    expect(await isOn(page, 'Network off')).toBe(false)
    await press(page, 'Send for eve')
    await expect.poll(() => rows(page, 'receipts')).toContainEqual(expect.stringMatching(/^#2 eve/))
  }),
)

test(
  'an answer that comes after the tab was closed is heard by nobody: the event comes twice, under the same id',
  onFront(async (page) => {
    await press(page, 'Send for ada')
    await expect.poll(() => rows(page, 'attempts')).not.toEqual([])
    await page.evaluate(() => document.querySelector<HTMLElement>('[data-part=toggle]')?.click())
    const isHeard = (await rows(page, 'receipts')).length > 0
    await press(page, 'Open it again')
    await isOpen(page)
    await isEmpty(page)
    const end = isHeard ? 'each of them once' : '1 of them more than once, under the same id'
    await expect.poll(() => text(page, 'api')).toBe(`The API has 1 event, ${end}.`)
  }),
)

test(
  'all of it works by keyboard alone',
  onFront(async (page) => {
    const to = async (name: string): Promise<void> => {
      for (let at = 0; at < 200; at++) {
        const focused = await page.evaluate(() => {
          const { dataset } = document.activeElement as HTMLElement
          return dataset['part']
        })
        if (focused === name) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`No key leads to ${name}`)
    }
    await to('offline')
    await page.keyboard.press('Space')
    await to('send-bob')
    await page.keyboard.press('Enter')
    await expect.poll(() => text(page, 'stored')).toBe('1 event')
    await part(page, 'offline').focus()
    await page.keyboard.press('Space')
    await to('toggle')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await isOpen(page)
    await isEmpty(page)
    await to('attempts')
    await to('receipts')
  }),
)

const wide = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true }

test(
  'the whole of it is on one screen, with forty events in its lanes',
  onFront(async (page) => {
    await flip(page, 'Network off')
    await press(page, 'Send twenty')
    await press(page, 'Send twenty')
    await expect.poll(() => text(page, 'stored')).toBe('40 events')
    await expect.poll(() => text(page, 'lane-bob')).toMatch(/#17 and 8 more$/)
    const box = await page.locator('.playground').boundingBox()
    expect(box?.y).toBeGreaterThan(0)
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800)
    await page.locator('.playground').evaluate((element) => element.scrollIntoView())
    expect(await overflow(page)).toBe(0)
  }, wide),
)

test(
  'it works on a phone, with fingers',
  onFront(async (page) => {
    await page.getByRole('switch', { name: '503 twice' }).tap()
    await page.getByRole('button', { name: 'Send twenty' }).tap()
    await expect.poll(() => overflow(page)).toBe(0)
    expect(await complaints(page)).toEqual([])
    await delivered(page, 20)
    expect(await overflow(page)).toBe(0)
  }, phone),
)

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `axe finds nothing while everything is broken: ${colorScheme}`,
    onFront(
      async (page) => {
        await flip(page, '503 twice')
        await flip(page, 'Refuse the token')
        await press(page, 'Send twenty')
        await expect.poll(() => rows(page, 'receipts')).not.toEqual([])
        expect(await complaints(page)).toEqual([])
        await flip(page, 'Refuse the token')
        await expect.poll(() => rows(page, 'receipts')).toContainEqual(expect.stringMatching(/200$/))
        expect(await complaints(page)).toEqual([])
        await press(page, 'Close the tab')
        expect(await complaints(page)).toEqual([])
      },
      { colorScheme },
    ),
  )
}
