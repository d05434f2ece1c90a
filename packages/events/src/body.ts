/** An answer is a few words; what comes beyond this is not read. */
const mostBytes = 64 * 1024

/**
 * The response with its body read, as far as it came: a body that is cut, endless or slower than the signal is no reason
 * to forget the status that came before it.
 */
export async function readBody(response: Response, signal: AbortSignal): Promise<Response> {
  const text = response.body === null ? '' : await readText(response.body, signal)
  const { ok, status, headers } = response
  // Not a new Response, which would refuse some of the statuses that a server can send.
  return { ok, status, headers, text: async () => text } as Response
}

async function readText(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  let text = ''
  let bytes = 0
  try {
    while (bytes < mostBytes) {
      const chunk = await Promise.race([reader.read(), aborted])
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
