import { request } from 'node:http'
import { expect, test } from 'vitest'
import { type Handler, serve } from '../src/node.ts'

/** A server whose answer is out when it is told so; `asked` resolves when it was asked. */
async function serving(answer: () => Promise<Response>) {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const handler: Handler = {
    fetch: async () => {
      resolve()
      return answer()
    },
  }
  return { asked, server: await serve(handler, { port: 0, host: '127.0.0.1' }) }
}

test('A server that closes does not wait for connections that clients keep open', async () => {
  const { promise: goOn, resolve: answerNow } = Promise.withResolvers<void>()
  const { asked, server } = await serving(async () => {
    await goOn
    return new Response('late')
  })
  const answer = fetch(server.url)
  await asked
  const closed = server.close()
  answerNow()
  expect(await (await answer).text()).toBe('late')
  // Without this it lasts as long as a connection may be idle: a minute.
  await closed
})

test('A stream whose client has gone before it began is let go', async () => {
  const { promise: gone, resolve: isGone } = Promise.withResolvers<void>()
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<string>()
  const { asked, server } = await serving(async () => {
    await gone
    return new Response(new ReadableStream({ cancel: () => cancel('cancelled') }))
  })
  server.server.on('request', (_incoming, outgoing) => outgoing.on('close', isGone))
  const client = request(server.url)
  client.on('error', () => undefined).end()
  await asked
  client.destroy()
  await expect(cancelled).resolves.toBe('cancelled')
  await server.close()
})
