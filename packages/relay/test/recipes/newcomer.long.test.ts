import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { listen, type Local } from '@obsidianlaunch/testkit/listen'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { pageOf } from '@obsidianlaunch/testkit/pages'
import { chromium as executablePath, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { Started } from './started.ts'

const modules = resolve(import.meta.dirname, '../../node_modules')

/** Serves the page of the guide, and the modules that it imports, as any server of files does. */
function servePage(page: () => string): Promise<Local> {
  const server = createServer(({ url = '/' }, response) => {
    const file = resolve(modules, url.replace(/^\/node_modules\//, ''))
    if (url === '/') response.setHeader('content-type', 'text/html').end(page())
    else if (url.startsWith('/node_modules/') && existsSync(file)) {
      response.setHeader('content-type', 'text/javascript')
      createReadStream(file).pipe(response)
    } else response.writeHead(404).end()
  })
  return listen(server)
}

test('who follows the guide has a click of a page in the mock, without a bundler', async ({ skip }) => {
  if (executablePath === undefined) {
    if (process.env['BROWSER'] === 'required') throw new Error(`Chromium is missing: ${howToInstallChromium}`)
    return skip(true, howToInstallChromium)
  }
  const mock = await startMock()
  const part = mock.isolate({ token: 'token-of-the-newcomer' })
  let html = ''
  await using site = await servePage(() => html)
  // The page is served from this machine, on a port that is free.
  const origin = `http://localhost:${site.port}`
  const fromHere = (code: string) => code.replace('https://app.example.com', origin)
  await using relay = await Started.start('Node', [process.execPath, 'server.ts'], part, fromHere)
  html =
    filesUnder(pageOf('guides/relay'), 'Without a bundler')['index.html']?.replace(
      'http://localhost:8080',
      relay.url,
    ) ?? ''

  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  await page.goto(origin)
  await page.click('button')
  const arrived = await part.waitFor({ operation: 'trackEvent' }, { timeoutMs: 60_000 })
  expect(arrived).toMatchObject({ violations: [], body: { customer_id: 'user123', event: 'button_click' } })
  expect(errors).toEqual([])
  await browser.close()
  await mock.close()
})
