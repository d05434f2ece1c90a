import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium as executablePath } from '@obsidianlaunch/testkit/run-times'
import { type Browser, type Page, chromium } from 'playwright-core'
import { type TestContext, afterAll, beforeAll, expect, vi } from 'vitest'
import { type Operated, operated, type Setup } from '../operated.ts'

const isRequired = process.env['BROWSER'] === 'required'
// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })
const remedy = 'to test the page in a browser, apt-get install chromium, or set CHROMIUM_PATH'

let browser: Browser | undefined
beforeAll(async () => {
  if (executablePath === undefined && isRequired) throw new Error(`BROWSER=required, but there is none: ${remedy}`)
  if (executablePath === undefined) return
  // Without a sandbox, since there is none for root in a container.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
})

/** For what will come, however busy the machine. */
export const patient = { timeout: 60_000 }

/**
 * The body of a test, with a relay that has started and a page that shows it. The page makes no error in it and asks nothing of
 * another host, or the test fails.
 */
export function onPage(
  body: (page: Page, own: Operated) => Promise<void>,
  setup: Setup = {},
): (context: TestContext) => Promise<void> {
  return async ({ skip }) => {
    if (browser === undefined) return skip(true, remedy)
    await using own = await operated(setup)
    await own.relay.start()
    const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, reducedMotion: 'reduce' })
    try {
      context.setDefaultTimeout(patient.timeout)
      const page = await context.newPage()
      const noises = noisesOf(page)
      await visit(page, own.url)
      await body(page, own)
      expect(noises).toEqual([])
    } finally {
      await context.close()
    }
  }
}

/** Opens the page of a relay; it is connected then. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('#connection[data-state=live]').waitFor()
}

/** Errors of the page, and what it asks of other hosts. */
function noisesOf(page: Page): string[] {
  const noises: string[] = []
  page.on('pageerror', (error) => noises.push(String(error)))
  page.on('dialog', (dialog) => noises.push(dialog.message()))
  page.on('console', (message) => {
    // What a browser says by itself when a server is gone, or refuses.
    if (!/net::ERR_|^Failed to load resource/.test(message.text())) noises.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') noises.push(request.url())
  })
  return noises
}

/** The titles of the rows of a list, from top to bottom. */
export function titles(page: Page, list: 'lane' | 'letter'): Promise<string[]> {
  return page.locator(`#${list}-list .row .title`).allTextContents()
}

/** Complaints of axe about the page as it is now. */
export async function complaints(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}
