import { readFile } from 'node:fs/promises'
import { accessSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { serveSite, type Site } from './serve.ts'

const remedy = 'The pages are tested in a browser: apt-get install chromium, or set CHROMIUM_PATH.'

/** The one without windows first, which takes half the CPU time. */
const programs = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome']

/** Chromium, and the built site, for the tests of one file. */
export interface Opened {
  readonly browser: Browser
  readonly site: Site
}

/** Starts a browser and serves the site, for all tests of the file. */
export function useBrowser(): () => Opened {
  let opened: Opened | undefined
  beforeAll(async () => {
    // Without a sandbox, since there is none for root in a container.
    const browser = await chromium.launch({ executablePath: executable(), args: ['--no-sandbox'] })
    opened = { browser, site: await serveSite() }
  })
  afterAll(async () => {
    await opened?.browser.close()
    await opened?.site.close()
  })
  return () => opened as Opened
}

function executable(): string {
  const found = [process.env['CHROMIUM_PATH'] ?? '', ...programs].find(isThere)
  if (found === undefined) throw new Error(remedy)
  return found
}

function isThere(file: string): boolean {
  try {
    accessSync(file)
    return file !== ''
  } catch {
    return false
  }
}

/** Opens a page, and notes its errors and whatever it asks of other hosts. */
export async function newPage({ browser, site }: Opened, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  return { page, noises: noisesOf(page, site) }
}

function noisesOf(page: Page, site: Site): string[] {
  const noises: string[] = []
  page.on('pageerror', (error) => noises.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') noises.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(site.url) && !/^(?:data|blob):/.test(url)) noises.push(url)
  })
  return noises
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Complaints of axe about the page as it is now. */
export async function complaints(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(await readFile(axe, 'utf8'))
  await areReady(page)
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], selectors: false })",
  )
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}

/** Waits until code and tables that are wider than the window take the focus, which a page sees to in a moment. Axe says which never do. */
async function areReady(page: Page): Promise<void> {
  const isEach = `[...document.querySelectorAll('.expressive-code pre, .sl-markdown-content table')]
    .every((wide) => wide.scrollWidth <= wide.clientWidth || wide.tabIndex === 0)`
  await page.waitForFunction(isEach, undefined, { timeout: 30_000 }).catch(() => undefined)
}

/** The pixels by which a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}
