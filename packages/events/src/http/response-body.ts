import type { BoundedBody } from '@obsidianlaunch/events-client/core'

/** An answer is a few words; what comes beyond this is not read. */
const mostBytes = 64 * 1024

/**
 * The text of a response as far as it came: a body that is cut, endless or slower than the signal is no reason to forget
 * the status that came before it, nor is a response of the caller's own making that cannot be read.
 */
export function readBody(response: Response & Partial<BoundedBody>, signal: AbortSignal): string | Promise<string> {
  // Where the response can do it itself, it heeds the signal by itself.
  try {
    if (response.textWithin) return response.textWithin(mostBytes)
  } catch {
    return ''
  }
  return textOf(response, signal).catch(() => '')
}

/** The promise's value, or undefined once nobody waits for it any more. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
    promise.then(resolve, reject)
  })
}

async function textOf(response: Partial<Response>, signal: AbortSignal): Promise<string> {
  // A stream where there is one: its size is bounded.
  if (typeof response.body?.getReader === 'function') return readStream(response.body, signal)
  if (typeof response.text === 'function') return asText(await untilAborted(response.text(), signal))
  if (typeof response.json !== 'function') return ''
  return JSON.stringify(await untilAborted(response.json(), signal)) ?? ''
}

function asText(given: unknown): string {
  return typeof given === 'string' ? given : ''
}

async function readStream(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    while (bytes < mostBytes) {
      const chunk = await untilAborted(reader.read(), signal)
      if (chunk === undefined || chunk.done) break
      bytes += chunk.value.byteLength
      text += decoder.decode(chunk.value, { stream: true })
    }
  } catch {
    // Cut: what came before counts.
  }
  // Frees the connection of a body that goes on; nobody waits for it.
  reader.cancel().catch(() => undefined)
  return text + decoder.decode()
}
