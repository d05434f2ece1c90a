import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium as executablePath, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { type Page, chromium } from 'playwright-core'
import { type Mock, startMock } from '../src/index.ts'

/** Takes the pictures of the page that the READMEs and the site show, in light and dark: `pnpm --filter @obsidianlaunch/events-mock run picture`. */
const folder = fileURLToPath(new URL('../pictures', import.meta.url))

if (executablePath === undefined) throw new Error(`The pictures need a Chromium: ${howToInstallChromium}`)
await mkdir(folder, { recursive: true })
let now = Date.parse('2026-06-25T09:12:00Z')
// A clock of its own, so that each run gives the same picture.
const options = { now: () => (now += 6) }
await using mock = await startMock({ ...options, port: 4010 }).catch(() => startMock(options))
await fill(mock)
// Without a sandbox, since there is none for root in a container.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({
      colorScheme,
      viewport: { width: 1280, height: 720 },
      deviceScaleFactor: 1.5,
      timezoneId: 'UTC',
      locale: 'en-GB',
      reducedMotion: 'reduce',
    })
    await show(page, mock)
    await page.screenshot({ path: `${folder}/page-${colorScheme}.png` })
  }
} finally {
  await browser.close()
}

/** Sends some requests: one with retries, one that meets a limit, and one that the API refuses. */
async function fill(to: Mock): Promise<void> {
  const identify = (id: string, traits: object) => post(to, '/customer/test', { customer_id: id, ...traits })
  const track = (id: string, name: string, more = {}) =>
    post(to, '/events/test', { customer_id: id, event: name, ...more })
  await identify('ada', { name: 'Ada Lovelace', email: 'ada@example.com', properties: { plan: 'team', seats: 12 } })
  await track('ada', 'page_view', { property: { path: '/dashboard' } })
  await identify('grace', { name: 'Grace Hopper', email: 'grace@example.com', properties: { plan: 'free' } })
  await track('grace', 'report_exported')
  await track('ada', 'OpenAI API Call', {
    category: 'AI',
    property: { host: 'api.openai.com', method: 'POST', status: 200, durationMs: 843 },
  })
  to.fail([{ status: 503, times: 2 }])
  for (let attempt = 1; attempt <= 3; attempt += 1) await track('grace', 'plan_upgraded')
  await track('ada', 'search', { property: { words: 'invoice' } })
  await identify('user123', {
    name: 'John Doe',
    email: 'john@example.com',
    properties: { plan: 'premium', signup_date: '2023-06-25' },
  })
  await track('user123', 'button_click')
  await identify('user124', { name: '', email: 42, propertys: { plan: 'free' } })
  to.fail([{ status: 429, retryAfter: 4, times: 20 }], { operation: 'trackEvent', customer: 'grace' })
  await track('grace', 'page_view')
  await track('user123', 'page_view', { property: { path: '/billing' } })
}

/** Sends a body with an id made of it, so that the same body counts as a retry. */
async function post(to: Mock, path: string, body: object): Promise<void> {
  const text = JSON.stringify(body)
  const id = createHash('sha256').update(text).digest('hex').slice(0, 32)
  now += 700
  await fetch(to.url + path, {
    method: 'POST',
    headers: {
      Authorization: 'Bearer any-token',
      'Content-Type': 'application/json',
      'Idempotency-Key': id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    },
    body: text,
  })
}

/** Opens the page, with the request that the API refused in full. */
async function show(page: Page, of: Mock): Promise<void> {
  await page.goto(of.inspectorUrl)
  await page.locator('#connection[data-state=live]').waitFor()
  await page.locator('#event-list .row', { hasText: 'user124' }).first().click()
  await page.locator('.wrongs').waitFor()
  await page.waitForURL(/event=/)
  // The address opens the same event again, with the list at its top.
  await page.reload()
  await page.locator('.wrongs').waitFor()
}
