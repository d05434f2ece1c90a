import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pageRequest } from '../relay/page.ts'
import { ServerProcess } from '../relay/server-process.ts'
import { connection } from '../relay/wire.ts'

/** In a process of its own: `relay-ingest.ts KIND URL CONNECTIONS SECONDS`. Prints how much a server takes from pages. */
const [kind = '', url = '', connections = '', seconds = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'relay-'))
const server = await ServerProcess.start(kind, url, join(folder, 'events.db'))
const all = await Promise.all(Array.from({ length: Number(connections) }, () => connection(server.port)))

async function load(ms: number): Promise<number[]> {
  const answerMs: number[] = []
  const end = performance.now() + ms
  const run = async (one: (typeof all)[number]) => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      const status = await one.send(pageRequest())
      if (status !== 200) throw new Error(`Answered by ${status}`)
      answerMs.push(performance.now() - from)
    }
  }
  await Promise.all(all.map(run))
  return answerMs
}

// Until its code is compiled.
await load(2_000)
const before = await server.state()
const from = performance.now()
const answerMs = (await load(Number(seconds) * 1_000)).toSorted((a, b) => a - b)
const ms = performance.now() - from
const after = await server.state()
process.stdout.write(
  JSON.stringify({
    perSecond: (answerMs.length / ms) * 1_000,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / answerMs.length,
    p50Ms: answerMs[Math.floor(answerMs.length * 0.5)],
    p99Ms: answerMs[Math.floor(answerMs.length * 0.99)],
    pending: after.pending,
  }),
)
await server.kill()
rmSync(folder, { recursive: true })
process.exit()
