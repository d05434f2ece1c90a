import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { createGzip } from 'node:zlib'
import { base, fileAt } from './dist.ts'

/** The built site, served as GitHub Pages serves it: below its base, and compressed. */
export interface Site {
  /** The address of its front, with a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
}

export async function serveSite(): Promise<Site> {
  const server = createServer(answer)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1')
  const file = fileAt(pathname)
  if (file === undefined || !statSync(file).isFile()) {
    response.writeHead(404).end()
    return
  }
  const type = types[extname(file)] ?? 'application/octet-stream'
  const isText = /text|json|xml|javascript/.test(type)
  response.writeHead(200, { 'content-type': type, ...(isText && { 'content-encoding': 'gzip' }) })
  const content = createReadStream(file)
  if (isText) content.pipe(createGzip()).pipe(response)
  else content.pipe(response)
}
