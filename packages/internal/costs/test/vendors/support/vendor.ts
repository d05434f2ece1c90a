import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ScriptedServer, serve } from '@obsidianlaunch/testkit/api'

const completion = {
  id: 'c1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' } }],
}
const message = { id: 'm1', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'hi' }], usage: {} }
const openAiChunks = ['hel', 'lo'].map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
const anthropicChunks = [
  { type: 'message_start', message: { ...message, content: [] } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_stop' },
]

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Sends one chunk at a time, as models do. */
async function stream(response: ServerResponse, chunks: object[], end: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const chunk of chunks) {
    const name = 'type' in chunk ? `event: ${String(chunk.type)}\n` : ''
    response.write(`${name}data: ${JSON.stringify(chunk)}\n\n`)
    await sleep(1)
  }
  response.end(end)
}

/**
 * Plays vendors on this machine: the APIs that their clients ask, and for all others a path says what they get: `/busy/…` is
 * 503 at first, `/moved/…` is a redirect to `/found/…`, `/never/…` has no answer, `/slow/…` only its head.
 */
export function startVendor(): Promise<ScriptedServer> {
  const asked = new Set<string>()
  return serve(async (response, { path, text }) => {
    await sleep(Math.random() * 4)
    const isFirst = !asked.has(path)
    asked.add(path)
    const wantsStream = text.includes('"stream":true')
    if (path.endsWith('/chat/completions'))
      return wantsStream ? stream(response, openAiChunks, 'data: [DONE]\n\n') : json(response, completion)
    if (path.endsWith('/messages')) return wantsStream ? stream(response, anthropicChunks, '') : json(response, message)
    if (path.startsWith('/v1/customers')) return json(response, { object: 'list', data: [] })
    if (path.startsWith('/never/')) return
    if (path.startsWith('/slow/')) return void response.writeHead(200).write('x')
    if (path.startsWith('/busy/') && isFirst) return void response.writeHead(503, { 'retry-after': '0' }).end()
    if (path.startsWith('/moved/'))
      return void response.writeHead(302, { location: path.replace('moved', 'found') }).end()
    json(response, { path })
  })
}
