import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { chromium as executablePath, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { type Page, chromium } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'

const missing = executablePath === undefined ? `to open the mock's page: ${howToInstallChromium}` : undefined
if (missing !== undefined && process.env['BROWSER'] === 'required') throw new Error(missing)
const program = fileURLToPath(new URL('dist/main.js', import.meta.resolve('@obsidianlaunch/events-cli/package.json')))
const token = 'radioactive-token'

test('what the page of a mock exports goes into another one as the same events, and once', async ({ skip }) => {
  if (executablePath === undefined) return skip(true, missing)
  const folder = mkdtempSync(join(tmpdir(), 'mock-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const page = await openPage(executablePath)
  await using first = await startMock()
  first.fail([{ status: 503 }])
  await send(first, '/customer/test', { customer_id: 'user123', name: 'Zoë', email: 'zoe@example.com' }, 'job-1')
  await send(first, '/customer/test', { customer_id: 'user123', name: 'Zoë', email: 'zoe@example.com' }, 'job-1')
  await send(
    first,
    '/events/test',
    '{ "customer_id": "user123",\n "event": "a\\nb", "property": { "n": 12.50 } }',
    'q"2',
  )
  await send(first, '/events/test', { customer_id: 'user123', event: 'signup' }, 'one')
  await send(first, '/events/test', { customer_id: 'ada', event: 'signup' }, 'one')
  await send(first, '/events/test', { customer_id: 'ada', event: 'without an id' })
  const file = join(folder, 'calls.ndjson')
  const exported = await exportCalls(page, first, file)
  expect(exported).toHaveLength(5)

  await using second = await startMock()
  const importing = ['track', '--from', file, '--outbox', join(folder, 'imports.db'), '--json']
  expect(await run(second, importing)).toMatchObject({ type: 'totals', delivered: 5, alreadyDelivered: 0, rejected: 0 })
  expect(arrivedAt(second, 'user123')).toEqual(arrivedAt(first, 'user123'))
  const { id, ...withoutId } = arrivedAt(second, 'ada')[1] ?? {}
  expect([arrivedAt(second, 'ada')[0], { ...withoutId, id: undefined }]).toEqual(arrivedAt(first, 'ada'))
  expect(id).toMatch(/./)
  expect(await run(second, [...importing, '--restart'])).toMatchObject({ delivered: 0, alreadyDelivered: 5 })
  expect(second.requests).toHaveLength(5)

  // What has arrived there is exported as what was imported, but for the event that got its id on the way.
  const again = await exportCalls(page, second, join(folder, 'again.ndjson'))
  for (const event of again) if (event['id'] === id) delete event['id']
  expect(again.toSorted(byText)).toEqual(exported.toSorted(byText))
})

async function openPage(path: string): Promise<Page> {
  // Chromium's sandbox refuses to run as root, as a container does.
  const browser = await chromium.launch({ executablePath: path, chromiumSandbox: process.getuid?.() !== 0 })
  onTestFinished(() => browser.close())
  return browser.newPage()
}

async function send(mock: Mock, path: string, body: object | string, id?: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const own = id === undefined ? headers : { ...headers, 'idempotency-key': id }
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  await (await fetch(new URL(path, mock.url), { method: 'POST', headers: own, body: sent })).text()
}

/** Exports the calls as a person does, by the page's menu. */
async function exportCalls(page: Page, mock: Mock, file: string): Promise<Record<string, unknown>[]> {
  await page.goto(`${mock.url}/_inspector`)
  await page.locator('#count').getByText('5 events').waitFor()
  await page.getByRole('button', { name: 'Export' }).click()
  const download = page.waitForEvent('download')
  await page.locator('#export-calls').click()
  await (await download).saveAs(file)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Runs the command line against a mock. @returns the last object that it prints */
async function run(mock: Mock, args: readonly string[]): Promise<unknown> {
  const env = { PATH: process.env['PATH'], EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: mock.url }
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])
  return JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '')
}

/** The events of a customer in the order of their arrival, each once. */
function arrivedAt(mock: Mock, customerId: string) {
  const accepted = mock.requests.filter(({ status, body }) => {
    return status < 300 && (body as { customer_id: string }).customer_id === customerId
  })
  return accepted.map(({ id, operation, body }) => ({ id, operation, body }))
}

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}
