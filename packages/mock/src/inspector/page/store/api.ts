import type { FaultOrder } from '../../wire.ts'

/** Requests of the page to the mock. Each rejects with a sentence that can be shown. */
export const api = {
  clear: () => ask('DELETE', '/exchanges'),
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
