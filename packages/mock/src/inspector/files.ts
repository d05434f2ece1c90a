import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pageFile } from './page-files.ts'

const files: Readonly<Record<string, { name: string; type: string }>> = {
  '/_inspector': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/_inspector/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/_inspector/style.css': { name: 'style.css', type: 'text/css; charset=utf-8' },
  '/_inspector/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
}

// Nothing is loaded from anywhere but this server, and no text of an event can ever become code.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const loaded = new Map<string, { bytes: Buffer; tag: string }>()

/** Answers with a file of the page; false where the path is none of them. */
export function serveFile(path: string, request: IncomingMessage, response: ServerResponse): boolean {
  const file = files[path]
  if (file === undefined) return false
  const { bytes, tag } = load(file.name)
  const headers = {
    etag: tag,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
  if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(tag)) {
    response.writeHead(304, headers).end()
    return true
  }
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
  return true
}

function load(name: string): { bytes: Buffer; tag: string } {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const bytes = pageFile(name)
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  loaded.set(name, { bytes, tag })
  return { bytes, tag }
}
