import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium as executablePath } from '@obsidianlaunch/testkit/run-times'
import { type Browser, type Locator, type Page, chromium } from 'playwright-core'
import { type TestContext, afterAll, beforeAll, expect, vi } from 'vitest'
import { type Mock, startMock } from '../../../src/index.ts'
import { proper } from '../../calls.ts'

const isRequired = process.env['BROWSER'] === 'required'
// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })
const remedy = 'to test the page in a browser, apt-get install chromium, or set CHROMIUM_PATH'

export interface Opened {
  mock: Mock
  page: Page
  /** Sends a request as a program would; what comes back may be nothing. */
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<void>
}

let browser: Browser | undefined
let shared: Mock | undefined
beforeAll(async () => {
  if (executablePath === undefined && isRequired) throw new Error(`BROWSER=required, but there is none: ${remedy}`)
  if (executablePath === undefined) return
  // Without a sandbox, since there is none for root in a container.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  shared = await startMock()
})
afterAll(async () => {
  await browser?.close()
  await shared?.close()
})

/**
 * The body of a test, with the file's mock emptied and a page that shows it. The page makes no error in it and asks
 * nothing of another host, or the test fails.
 */
export function onPage(body: (opened: Opened) => Promise<void>): (context: TestContext) => Promise<void> {
  return async ({ skip }) => {
    if (browser === undefined || shared === undefined) return skip(true, remedy)
    shared.reset()
    const context = await browser.newContext({
      viewport: { width: 1400, height: 800 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    try {
      context.setDefaultTimeout(patient.timeout)
      const page = await context.newPage()
      const noises = noisesOf(page)
      await visit(page, shared)
      await body({ mock: shared, page, post: poster(shared) })
      expect(noises).toEqual([])
    } finally {
      await context.close()
    }
  }
}

/** Opens the page of a mock; it is connected then. */
export async function visit(page: Page, mock: Pick<Mock, 'url'>): Promise<void> {
  await page.goto(`${mock.url}/_inspector`)
  await page.locator('#connection[data-state=live]').waitFor()
}

/** Errors of the page, and what it asks of other hosts. */
function noisesOf(page: Page): string[] {
  const noises: string[] = []
  page.on('pageerror', (error) => noises.push(String(error)))
  page.on('console', (message) => {
    // What a browser says by itself when a server is gone, or refuses.
    if (!/net::ERR_|^Failed to load resource/.test(message.text())) noises.push(message.text())
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'blob:' && hostname !== '127.0.0.1') noises.push(request.url())
  })
  return noises
}

export function poster(mock: Mock): Opened['post'] {
  return async (path, body, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(mock.url + path, {
      method: 'POST',
      headers: { ...proper, ...headers },
      body: text,
    }).catch(() => undefined)
    await response?.text().catch(() => '')
  }
}

export const events = '/events/test'
export const customers = '/customer/test'

/** An event of the customer, for short. */
export function event(name: string, customer = 'user123') {
  return { customer_id: customer, event: name }
}

/** A call to a vendor, as the SDK sends one. */
export function vendorCall({ category, customer = 'user123', ...property }: VendorCall = {}) {
  return {
    customer_id: customer,
    event: 'OpenAI API Call',
    ...(category !== undefined && { category }),
    property: { host: 'api.openai.com', method: 'POST', status: 200, durationMs: 843, ...property },
  }
}

interface VendorCall {
  category?: string | undefined
  customer?: string
  [field: string]: unknown
}

export function rows(page: Page) {
  return page.locator('#event-list .row')
}

/** The texts of elements in one line each. */
export async function texts(elements: Locator): Promise<string[]> {
  return (await elements.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())
}

/** The titles of the rows, from top to bottom. */
export function titles(page: Page): Promise<string[]> {
  return page.locator('#event-list .row .title').allTextContents()
}

/** For what will come, however busy the machine. */
export const patient = { timeout: 60_000 }

/** Complaints of axe about the page as it is now. */
export async function complaints(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}
