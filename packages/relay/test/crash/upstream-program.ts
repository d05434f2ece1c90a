/**
 * The API in a process of its own, with bad moments: `node upstream-program.ts <record> <port> <seed>`. It writes down what has
 * arrived before it answers, so that it is known when it is killed. A message makes it calm.
 */
import { openSync, writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Random } from '@obsidianlaunch/testkit/random'

const [record = '', port = '0', seed = '0'] = process.argv.slice(2)
const file = openSync(record, 'a')
const random = new Random(Number(seed))
let isCalm = false

function answer(id: string, body: string, response: ServerResponse): void {
  const mood = isCalm ? 100 : random.below(100)
  const status = mood < 2 ? 0 : mood < 4 ? 503 : 200
  const { customer_id: customer, event } = JSON.parse(body) as { customer_id: string; event: string }
  writeSync(file, `${customer} ${event} ${id} ${status}\n`)
  if (status === 0) response.socket?.destroy()
  else if (mood < 7) setTimeout(() => response.writeHead(status).end('{}'), random.below(100))
  else response.writeHead(status).end('{}')
}

const server = createServer((request, response) => {
  text(request).then(
    (body) => answer(String(request.headers['idempotency-key']), body, response),
    // Cut off in the middle: it has not arrived.
    () => undefined,
  )
})
server.listen(Number(port), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => (isCalm = true))
process.on('disconnect', () => process.exit())
