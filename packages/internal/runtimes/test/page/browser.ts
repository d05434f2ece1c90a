import type { EventTracker, TrackerOptions } from '@obsidianlaunch/events'
import { type Answer, type Arrival, ok, type ScriptedServer, serve } from '@obsidianlaunch/testkit/api'
import { howToInstallChromium, windowedChromium as executablePath } from '@obsidianlaunch/testkit/run-times'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, type TestContext } from 'vitest'

/** The globals of each page here. */
declare global {
  /** Makes a tracker that sends to the relay of the test. */
  var newTracker: (options?: TrackerOptions) => EventTracker
}

/** A relay of another origin than the page, as its browser and a test see it. */
export class Relay implements AsyncDisposable {
  readonly #server: ScriptedServer
  /** Answers from now on; the preflights are answered in any case. */
  answer: Answer = ok

  constructor(server: ScriptedServer) {
    this.#server = server
  }

  get url(): string {
    return this.#server.url
  }

  /** Events that arrived, preflights left out. */
  get arrivals(): Arrival[] {
    return this.#server.arrivals.filter(({ method }) => method === 'POST')
  }

  /** The names of a customer's events, in the order in which they arrived first. */
  eventsOf(customer: string): (string | undefined)[] {
    const events = this.arrivals.filter(({ body }) => body.customer_id === customer).map(({ body }) => body.event)
    return [...new Set(events)]
  }

  /** Cuts what is open. */
  cut(): void {
    this.#server.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}

export async function startRelay(): Promise<Relay> {
  const server: ScriptedServer = await serve((response, arrival, request) => {
    response.setHeader('access-control-allow-origin', arrival.headers.origin ?? '*')
    response.setHeader('access-control-allow-headers', 'authorization, content-type, idempotency-key')
    response.setHeader('access-control-max-age', '600')
    if (arrival.method === 'OPTIONS') return response.writeHead(204).end()
    return relay.answer(response, arrival, request)
  })
  const relay = new Relay(server)
  return relay
}

let script = ''
let browser: Browser | undefined
beforeAll(async () => {
  if (executablePath === undefined) return
  const { outputFiles } = await build({
    stdin: {
      contents: `import { EventTracker } from '@obsidianlaunch/events'
        globalThis.newTracker = (options) => new EventTracker({ onError: () => undefined, ...options, baseUrl: relayUrl })
        onpageshow = (event) => (globalThis.isRestored = event.persisted)`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  })
  script = outputFiles[0]?.text ?? ''
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
})
afterAll(async () => browser?.close())

export interface Opened {
  relay: Relay
  context: BrowserContext
  page: Page
  /** Opens one more tab of the same browser. */
  tab: () => Promise<Page>
}

/** The body of a test in a real Chromium, with a page of an app and a relay of another origin. */
export function inBrowser(body: (opened: Opened) => Promise<void>): (test: TestContext) => Promise<void> {
  return async ({ skip }) => {
    if (browser === undefined) {
      if (process.env['BROWSER'] === 'required') throw new Error(`There is no Chromium: ${howToInstallChromium}`)
      return skip(true, howToInstallChromium)
    }
    await using relay = await startRelay()
    await using app = await serve((response, { path }) => {
      const head = `<script>relayUrl = '${relay.url}';${script}</script>`
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(path === '/' ? `<!doctype html>${head}` : 'elsewhere')
    })
    const context = await browser.newContext()
    try {
      const tab = async (): Promise<Page> => {
        const page = await context.newPage()
        await page.goto(app.url)
        return page
      }
      await body({ relay, context, page: await tab(), tab })
    } finally {
      await context.close()
    }
  }
}

/** Shows the page to its own code as hidden, or as visible, as the browser does when another tab is looked at. */
export async function show(page: Page, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, visibility)
}
