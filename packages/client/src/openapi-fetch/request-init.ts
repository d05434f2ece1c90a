import type { FetchInit } from '../fetch.ts'

/** Settings of a request, and what they are where nobody has set them: not every fetch takes each of them. */
const defaults = {
  cache: 'default',
  credentials: 'same-origin',
  integrity: '',
  keepalive: false,
  mode: 'cors',
  referrer: 'about:client',
  referrerPolicy: '',
} satisfies Partial<Record<keyof Request, unknown>>

/** Takes a request of the platform apart: a fetch of another implementation knows nothing of its class. */
export async function initOf(request: Request): Promise<FetchInit> {
  const { method, headers, signal, redirect } = request
  const init: Record<string, unknown> = { method, headers: Object.fromEntries(headers), signal, redirect }
  for (const [name, usual] of Object.entries(defaults)) {
    const value = request[name as keyof typeof defaults]
    // A run time may have none of it.
    if (value !== undefined && value !== usual) init[name] = value
  }
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > 0) init['body'] = textOf(body) ?? body
  return init as unknown as FetchInit
}

/** The text of a body; undefined for bytes that are none, which only a `bodySerializer` of the caller's own makes. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}
