import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { answer, onRequests } from '@obsidianlaunch/testkit/raw'
import type { Figures } from '../measure.ts'

/** A server in a process of its own that tells how much has come, and how much of it not in the order of its customer. */
export interface OrderSink {
  readonly url: string
  counts(): Promise<Figures>
  close(): void
}

export async function startOrderSink(): Promise<OrderSink> {
  const child = fork(new URL(import.meta.url), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    async counts() {
      child.send('counts')
      return ((await once(child, 'message')) as [Figures])[0]
    },
    close: () => void child.kill(),
  }
}

/** An event of these runs: it says who has sent it, and its number among those of its customer. */
const named = /"customer_id":"([^"]+)","event":"([^"]+?)-(\d+)"/

function serve(): void {
  const last = new Map<string, number>()
  const counts = { arrived: 0, again: 0, outOfOrder: 0 }
  const ok = Buffer.from(answer('{"success":true}', { headers: ['content-type: application/json'] }))
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    onRequests(socket, (request) => {
      socket.write(ok)
      const [, customer, sender, number] = named.exec(request.toString('latin1')) ?? []
      const key = `${customer} ${sender}`
      const before = last.get(key) ?? -1
      counts.arrived++
      if (Number(number) <= before) counts.again++
      else if (Number(number) !== before + 1) counts.outOfOrder++
      last.set(key, Math.max(before, Number(number)))
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') process.send?.(address?.port)
  })
  process.on('message', () => process.send?.(counts))
  process.on('disconnect', () => process.exit())
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) serve()
