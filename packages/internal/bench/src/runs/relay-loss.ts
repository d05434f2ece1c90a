import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { key } from '../relay/page.ts'
import { ServerProcess } from '../relay/server-process.ts'

/**
 * In a process of its own: `relay-loss.ts KIND SECONDS_TO_TRY KILLS SECONDS_OF_OUTAGE`. A page sends events all the time, and
 * each again every second for so long as it tries. Meanwhile the server between it and the API is killed and started anew, and
 * then the API is away. Prints what became of the events.
 */
const [kind = '', patience = '', kills = '', outage = ''] = process.argv.slice(2)
const perSecond = 50
const betweenKillsMs = 2_000
const folder = mkdtempSync(join(tmpdir(), 'relay-'))
const arrivals = new Map<string, number>()

async function listen(port: number): Promise<Server> {
  const api = createServer((incoming, response) => {
    text(incoming).then(
      () => {
        const id = String(incoming.headers['idempotency-key'])
        arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"success":true}')
      },
      () => undefined,
    )
  })
  api.listen(port, '127.0.0.1')
  await once(api, 'listening')
  return api
}

let api = await listen(0)
const { port: apiPort } = api.address() as AddressInfo
const start = (port: number) =>
  ServerProcess.start(kind, `http://127.0.0.1:${apiPort}`, join(folder, 'events.db'), port)
let server = await start(0)
const { port } = server

/** One attempt of a page. */
function attempt(id: string, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': id }
    const outgoing = request({ port, method: 'POST', path: '/events/test', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end(body)
  })
}

const sent = new Set<string>()
const succeeded = new Set<string>()

async function send(number: number): Promise<void> {
  const id = `event-${number}`
  sent.add(id)
  const body = JSON.stringify({ customer_id: `customer-${number % 50}`, event: id })
  for (const end = performance.now() + Number(patience) * 1_000; ; await pass(1_000)) {
    if (await attempt(id, body)) return void succeeded.add(id)
    if (performance.now() >= end) return
  }
}

function pass(ms: number): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms))
}

const sending: Promise<void>[] = []
const page = setInterval(() => sending.push(send(sending.length)), 1_000 / perSecond)
for (let kill = 0; kill < Number(kills); kill++) {
  await pass(betweenKillsMs)
  await server.kill()
  server = await start(port)
}
await pass(betweenKillsMs)
const closed = once(api, 'close')
api.close()
api.closeAllConnections()
await closed
await pass(Number(outage) * 1_000)
api = await listen(apiPort)
await pass(betweenKillsMs)
clearInterval(page)
await Promise.all(sending)
for (let state = await server.state(); state.pending > 0; state = await server.state()) await pass(200)

const lost = [...sent].filter((id) => !arrivals.has(id))
const again = [...arrivals.values()].reduce((sum, count) => sum + count - 1, 0)
const broken = lost.filter((id) => succeeded.has(id)).length
process.stdout.write(JSON.stringify({ sent: sent.size, lost: lost.length, broken, again }))
await server.kill()
rmSync(folder, { recursive: true })
process.exit()
