import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Identities } from './identities.ts'
import type { PageSettings } from './page/settings.ts'

const folder = join(import.meta.dirname, 'page')

/** The web app's own server: it knows nothing of events. */
export class Site implements AsyncDisposable {
  readonly #server: Server
  readonly url: string

  constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

export interface SiteOptions {
  /** Read for each page that is opened. */
  settings: () => PageSettings
  /** Proof of who has signed in, where the relay wants one. */
  identities?: Identities
  /** 0 lets the system choose one. */
  port?: number
}

/** Serves the page. */
export async function serveSite({ settings, identities, port = 0 }: SiteOptions): Promise<Site> {
  const files = await (page ??= filesOf())
  const server = createServer((request, response) => {
    if (identities?.answer(request, response) !== true) answer(files, settings(), request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return new Site(server)
}

/** The files of the page, made once. */
let page: Promise<Files> | undefined

type Files = ReadonlyMap<string, readonly [mediaType: string, text: string]>

function answer(files: Files, settings: PageSettings, request: IncomingMessage, response: ServerResponse): void {
  const [mediaType, text] = files.get(request.url ?? '/') ?? []
  if (mediaType === undefined || text === undefined) return void response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': `${mediaType}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'self'; img-src data:; connect-src 'self' ${settings.relay}`,
  })
  response.end(text.replace('{{settings}}', JSON.stringify(settings).replaceAll('<', String.raw`\u003c`)))
}

async function filesOf(): Promise<Files> {
  return new Map([
    ['/', ['text/html', await readFile(join(folder, 'index.html'), 'utf8')]],
    ['/page.css', ['text/css', await readFile(join(folder, 'page.css'), 'utf8')]],
    ['/page.js', ['text/javascript', await bundle()]],
  ])
}

/** The page's script with the SDK as it is published, as a user's bundler makes it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
