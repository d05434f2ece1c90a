import type { FaultOrder, WireExchange } from '../../wire.ts'

/** Requests of the page to the mock. Each rejects with a sentence that can be shown. */
export const api = {
  switchOn: (order: FaultOrder) => ask('POST', '/faults', order),
  switchOff: (id: number) => ask('DELETE', `/faults/${id}`),
  switchAllOff: () => ask('DELETE', '/faults'),
}

async function ask(method: string, path: string, body?: unknown): Promise<void> {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`/_inspector${path}`, { method, ...content }).catch(() => {
    throw new Error('The mock does not answer. Is it still running?')
  })
  if (response.ok) return
  const { message } = (await response.json().catch(() => ({}))) as { message?: string }
  throw new Error(message ?? `The mock answered ${response.status}`)
}

// A browser writes these itself, or leaves them out of what a page sends.
const browsersOwn =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|expect|accept-encoding|cookie.*|sec-.*|origin|referer|user-agent)$/

/**
 * Sends a recorded request again: with the same Idempotency-Key as one more attempt, with a new one as another event. The
 * token is made up, since the mock keeps none. What comes back is seen in the list.
 *
 * @throws Error for a request that no page may send
 */
export async function resend(
  { method, path, headers, text }: Pick<WireExchange, 'method' | 'path' | 'headers' | 'text'>,
  key: 'same key' | 'new key',
): Promise<void> {
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (!browsersOwn.test(name)) sent.set(name, name === 'authorization' ? 'Bearer sent-again-by-the-page' : value)
  }
  if (key === 'new key') sent.set('idempotency-key', newKey())
  const content = method === 'GET' || method === 'HEAD' || text === '' ? {} : { body: text }
  // Put together as text: an address that is read anew could leave this host.
  const request = new Request(location.origin + path, { method, headers: sent, redirect: 'manual', ...content })
  await fetch(request).catch(() => undefined)
}

/** Sends a first event, as a program would. */
export function sendTestEvent(path: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer any-token' }
  const text = JSON.stringify({ customer_id: 'user123', event: 'button_click' })
  return resend({ method: 'POST', path, headers, text }, 'new key')
}

/** A random UUID; `crypto.randomUUID` is there on secure origins only, and the mock may not be one. */
function newKey(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))]
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')
}
