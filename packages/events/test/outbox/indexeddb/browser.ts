import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium as executablePath, howToInstallChromium } from '@obsidianlaunch/testkit/run-times'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core'

export const missing = executablePath === undefined ? `there is no Chromium: ${howToInstallChromium}` : undefined
if (missing !== undefined && process.env['BROWSER'] === 'required') throw new Error(missing)

/** A page of the folder `page`, as one script. */
async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`page/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['browser'],
  })
  return outputFiles[0]?.text ?? ''
}

/** A real browser, and a server on loopback that serves pages to it: each name is one at `/name.html`. */
export class Site {
  /** The user's cookies, storage and tabs. */
  context: BrowserContext
  readonly url: string
  readonly #browser: Browser
  readonly #server: Server

  private constructor(browser: Browser, context: BrowserContext, server: Server) {
    this.context = context
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#browser = browser
    this.#server = server
  }

  static async open(names: readonly string[], api?: RequestListener): Promise<Site> {
    const scripts = new Map<string, string>()
    for (const name of names) scripts.set(name, await bundle(name))
    const server = createServer((request, response) => {
      const [, name = '', kind] = /^\/(\w+)\.(html|js)(?:\?|$)/.exec(request.url ?? '') ?? []
      const script = scripts.get(name)
      if (script === undefined) return api ? api(request, response) : response.writeHead(404).end()
      response.setHeader('content-type', kind === 'html' ? 'text/html' : 'text/javascript')
      response.end(kind === 'html' ? `<!doctype html><script type="module" src="/${name}.js"></script>` : script)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // Without a sandbox, since there is none for root in a container.
    const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
    return new Site(browser, await browser.newContext(), server)
  }

  /** Another user comes, and nothing is stored. */
  async anew(): Promise<void> {
    await this.context.close()
    this.context = await this.#browser.newContext()
  }

  async page(name: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(`${this.url}/${name}.html`)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** Shows or hides a tab, as far as its scripts can tell. */
export function show(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  return page.evaluate((given) => {
    const { document } = globalThis as unknown as { document: EventTarget }
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: given })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}
