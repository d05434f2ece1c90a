import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { startMock } from '../src/index.ts'

/** Validated requests a second, and the memory that many of them leave behind: `node scripts/bench.ts [requests]`. */
const count = Number(process.argv[2] ?? 100_000)
const concurrency = 32

if (process.send !== undefined) await serve()
else await drive()

/** The mock in a process of its own, which says what it used when it is asked. */
async function serve(): Promise<void> {
  const mock = await startMock()
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system, memory: process.memoryUsage.rss(), good: mock.good.length })
  })
  process.send?.({ url: mock.url })
}

interface Used {
  cpu: number
  memory: number
  good: number
}

async function drive(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url))
  const [{ url }] = (await once(server, 'message')) as [{ url: string }]
  const used = async (): Promise<Used> => {
    server.send('used')
    return ((await once(server, 'message')) as [Used])[0]
  }
  let last = await used()
  print('requests', 'a second', 'CPU each', 'memory', 'kept, valid')
  for (let done = 0; done < count; done += count / 10) {
    const start = performance.now()
    await send(url, count / 10)
    const seconds = (performance.now() - start) / 1000
    const now = await used()
    const cpu = `${Math.round((now.cpu - last.cpu) / (count / 10))} µs`
    print(done + count / 10, Math.round(count / 10 / seconds), cpu, `${Math.round(now.memory / 2 ** 20)} MiB`, now.good)
    last = now
  }
  server.kill()
}

function print(...cells: unknown[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(12)).join('')}\n`)
}

async function send(url: string, many: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  let left = many
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await post(url, agent, left)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, one))
  agent.destroy()
}

function post(url: string, agent: Agent, at: number): Promise<void> {
  const body = JSON.stringify({ customer_id: `user${at}`, event: 'button_click' })
  const headers = {
    authorization: 'Bearer bench',
    'content-type': 'application/json',
    'content-length': body.length,
    'idempotency-key': `bench-${at}`,
  }
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/events/test`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', resolve)
    })
    asking.on('error', reject).end(body)
  })
}
