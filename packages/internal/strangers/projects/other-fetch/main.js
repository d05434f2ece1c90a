import { createServer } from 'node:http'
import { connect } from 'node:net'
import { EventTracker } from '@obsidianlaunch/events'
import { createEventsClient } from '@obsidianlaunch/events-client'

/** Counts what passes: undici asks it for a tunnel, or to forward, as its version likes. */
let passed = 0
const proxy = createServer(async (request, response) => {
  passed++
  const body = await new Response(request).text()
  const { authorization, 'content-type': type } = request.headers
  const answer = await fetch(request.url, { method: 'POST', headers: { authorization, 'content-type': type }, body })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
})
proxy.on('connect', ({ url }, socket) => {
  passed++
  const { hostname, port } = new URL(`http://${url}`)
  const target = connect(port, hostname, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  socket.pipe(target).pipe(socket)
  for (const end of [socket, target]) end.on('error', () => [socket, target].forEach((one) => one.destroy()))
})
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))

/** The fetch of a package, as its README says; with a proxy where it has such. */
const name = process.env.FETCH
const implementation = await import(name)
const given = [implementation.fetch ?? implementation.default]
if (implementation.ProxyAgent) {
  const dispatcher = new implementation.ProxyAgent(`http://127.0.0.1:${proxy.address().port}`)
  given.push((url, init) => implementation.fetch(url, { ...init, dispatcher }))
}

const told = []
for (const fetch of given) {
  const tracker = new EventTracker({ fetch, maxRetries: 0 })
  const { status, data } = await tracker.trackEvent('user123', 'button_click')
  await tracker.shutdown()
  const baseUrl = process.env.EVENT_TRACKING_BASE_URL
  const client = createEventsClient({ baseUrl, token: process.env.EVENT_TRACKING_AUTH_TOKEN, fetch })
  const middleware = {
    onRequest: ({ request }) => void request.headers.set('x-mine', String(request instanceof Request)),
  }
  const body = { customer_id: 'user123', event: 'page_view' }
  const { response, data: answer } = await client.POST('/events/test', { body, middleware: [middleware] })
  told.push([status, response.status].join(), typeof data, typeof answer)
}
console.log(JSON.stringify({ told: [...new Set(told)], proxied: passed > 0 }))
process.exit()
