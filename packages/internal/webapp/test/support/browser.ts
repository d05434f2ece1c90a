import { chromium as executablePath, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core'
import { type TestContext, afterAll, beforeAll, expect } from 'vitest'
import { type Journal, type Shown } from './judge.ts'
import { Stack } from './stack.ts'

const remedy = `to run the web app in a browser: ${howToInstallChromium}, or set CHROMIUM_PATH`

let browser: Browser | undefined
let mock: Mock | undefined
beforeAll(async () => {
  if (executablePath === undefined && process.env['BROWSER'] === 'required') {
    throw new Error(`BROWSER=required, but there is none: ${remedy}`)
  }
  if (executablePath === undefined) return
  // Chromium's sandbox refuses to run as root, as a container does.
  browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
  mock = await startMock()
})
afterAll(async () => {
  await browser?.close()
  await mock?.close()
})

/** The browser of one user, whose tabs tell a journal what they show. */
export class User {
  readonly context: BrowserContext
  readonly journal: Journal
  #tabs = 0

  constructor(context: BrowserContext, journal: Journal) {
    this.context = context
    this.journal = journal
  }

  /** Errors of the pages, and what they ask of other hosts: there must be none. */
  readonly noises: string[] = []

  /** Opens the web app in a new tab. */
  async open(url: string): Promise<Page> {
    const tab = ++this.#tabs
    const page = await this.context.newPage()
    page.on('pageerror', (error) => this.noises.push(String(error)))
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url())
      if (protocol !== 'data:' && hostname !== '127.0.0.1') this.noises.push(request.url())
    })
    await page.exposeFunction('tellTest', (text: string) => {
      for (const row of JSON.parse(text) as Omit<Shown, 'tab'>[]) this.journal.record({ ...row, tab })
    })
    await page.addInitScript({ content: watch })
    await page.goto(url)
    return page
  }
}

/** Tells the test each time a row of the list changes: it knows just what the user sees. */
const watch = `addEventListener('DOMContentLoaded', () => {
  const tell = (changes) => {
    const rows = new Set(changes.flatMap(({ target, addedNodes }) => [...addedNodes, target].map(rowOf)).filter(Boolean))
    const text = (row, field) => row.querySelector('.' + field).textContent
    tellTest(JSON.stringify([...rows].map((row) => ({
      number: Number(text(row, 'number')), id: row.dataset.id, customer: row.dataset.customer,
      state: row.dataset.state, reason: text(row, 'reason'),
    })).sort((a, b) => a.number - b.number)))
  }
  const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('#events > li')
  new MutationObserver(tell).observe(document.getElementById('events'), { subtree: true, childList: true, attributes: true })
})`

/** The body of a test, with a relay and a browser of its own, whose pages make no error and ask nothing of another host.*/
export function inBrowser(
  body: (given: { stack: Stack; user: User }) => Promise<void>,
): (test: TestContext) => Promise<void> {
  return async ({ skip }) => {
    if (browser === undefined || mock === undefined) return skip(true, remedy)
    mock.reset()
    await using stack = await Stack.start(mock)
    const context = await browser.newContext()
    try {
      const user = new User(context, stack.journal)
      await body({ stack, user })
      expect(user.noises).toEqual([])
    } finally {
      await context.close()
    }
  }
}

/** Clicks as fast as a program can. */
export async function click(page: Page, button: 'identify' | 'track', times = 1): Promise<void> {
  await page.evaluate(`for (let at = 0; at < ${times}; at++) document.getElementById('${button}').click()`)
}

/** Clicks again and again. @returns a function that ends it */
export async function keepClicking(page: Page): Promise<() => Promise<void>> {
  const timer = await page.evaluate<number>(`setInterval(() => document.getElementById('track').click(), 30)`)
  return () => page.evaluate(`clearInterval(${timer})`)
}

/** Shows the page to its own code as hidden or visible, as a browser does when another tab is looked at. */
export async function show(page: Page, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`{
    Object.defineProperty(document, 'visibilityState', { value: '${visibility}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }`)
}

/** Writes another customer into the page. */
export async function become(page: Page, customer: string): Promise<void> {
  await page.getByLabel('Customer').fill(customer)
}

/** Waits until nothing is pending in a page, whatever became of it. */
export async function untilIdle(page: Page): Promise<void> {
  await expect.poll(() => page.locator('#events > li[data-state=queued]').count()).toBe(0)
}

/** Waits until so many rows of the page are in a state. */
export async function waitForRows(page: Page, state: string, count: number): Promise<void> {
  await expect.poll(() => page.locator(`#events > li[data-state=${state}]`).count()).toBe(count)
}
