import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { listen, type Local } from '@obsidianlaunch/testkit/listen'
import { chromium } from '@obsidianlaunch/testkit/run-times'
import { chromium as launcher } from 'playwright-core'

/** Reads what a page says in the end: `read` is an expression that gives its text, or null as long as there is none. */
export async function readPage(url: string, read: string): Promise<string> {
  // Chromium's sandbox refuses to run as root, as a container does.
  const sandbox = process.getuid?.() !== 0
  const browser = await launcher.launch({ executablePath: chromium ?? '', chromiumSandbox: sandbox })
  try {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(url)
    const told = await page.waitForFunction(read, undefined, { timeout: 60_000 }).catch((cause: unknown) => {
      throw new Error(`The page did not say what it should: ${errors.join(', ')}`, { cause })
    })
    return String(await told.jsonValue())
  } finally {
    await browser.close()
  }
}

/** Serves a folder, and under /api the API: the token is this server's, so the page needs none. */
export function serveFolder(folder: string, env: Record<string, string>): Promise<Local> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    if (path.startsWith('/api')) return forward(request, response, env)
    const file = path === '/' ? 'index.html' : path
    const type = extname(file) === '.html' ? 'text/html' : 'text/javascript'
    response.setHeader('content-type', type).end(await readFile(join(folder, file)))
  }
  return listen(
    createServer((request, response) => {
      answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
    }),
  )
}

async function forward(request: IncomingMessage, response: ServerResponse, env: Record<string, string>): Promise<void> {
  const path = (request.url ?? '').slice('/api'.length)
  const answer = await fetch(`${env['EVENT_TRACKING_BASE_URL']}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${env['EVENT_TRACKING_AUTH_TOKEN']}` },
    body: await text(request),
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
}
