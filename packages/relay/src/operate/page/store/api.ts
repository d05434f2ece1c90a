import type { LetterPage } from '../../wire.ts'

/** Requests of the page to the relay. Each rejects with a sentence that can be shown. */
export const api = {
  letters: (after: string | undefined) =>
    ask<LetterPage>('GET', after === undefined ? 'dead' : `dead?after=${encodeURIComponent(after)}`),
  replay: async (ids: readonly string[]) => (await ask<{ replayed: number }>('POST', 'replay', { ids })).replayed,
  forget: async (customerId: string) => (await ask<{ forgotten: number }>('POST', 'forget', { customerId })).forgotten,
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(path, { method, ...content }).catch(() => {
    throw new Error('The relay does not answer. Is it still running?')
  })
  const answer = (await response.json().catch(() => ({}))) as T & { detail?: string }
  if (response.ok) return answer
  throw new Error(answer.detail ?? `The relay answered ${response.status}`)
}
