import type { WireExchange } from '../../wire.ts'

// What curl writes itself, and what would make it print compressed bytes.
const leftOut = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'expect',
])

/** The request as a command for a POSIX shell; the token comes from the environment, since the mock keeps none. */
export function curlOf(exchange: Pick<WireExchange, 'method' | 'path' | 'headers' | 'text'>, origin: string): string {
  const { method, path, headers, text } = exchange
  const lines = [
    `curl ${quote(origin + path)}`,
    ...(method === 'POST' && text !== '' ? [] : [`--request ${quote(method)}`]),
  ]
  // Brackets and braces in an address are patterns to curl.
  if (/[[\]{}]/.test(path)) lines.push('--globoff')
  // Else curl takes ../ and ./ out of the path.
  if (/\/\.{1,2}(?:\/|$|\?)/.test(path)) lines.push('--path-as-is')
  for (const [name, value] of Object.entries(headers)) {
    if (!leftOut.has(name)) lines.push(`--header ${name === 'authorization' ? token(value) : header(name, value)}`)
  }
  if (text !== '') {
    if (headers['content-type'] === undefined) lines.push(`--header 'content-type:'`)
    // --data reads a file when the text begins with @.
    lines.push(`--data-raw ${quote(text)}`)
  }
  return lines.join(' \\\n  ')
}

function token(value: string): string {
  const scheme = /^[A-Za-z][\w-]*(?= )/.exec(value)?.[0] ?? 'Bearer'
  return `"authorization: ${scheme} $EVENT_TRACKING_AUTH_TOKEN"`
}

/** A header without a value is written with a semicolon. */
function header(name: string, value: string): string {
  return quote(value === '' ? `${name};` : `${name}: ${value}`)
}

/** Quotes a text for a shell, to which nothing within single quotes means anything but the single quote. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
