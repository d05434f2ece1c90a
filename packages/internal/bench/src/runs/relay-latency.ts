import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pageRequest } from '../relay/page.ts'
import { ServerProcess } from '../relay/server-process.ts'
import { type Connection, connection } from '../relay/wire.ts'

/**
 * In a process of its own: `relay-latency.ts KIND URL RATE SECONDS`. Requests are sent at their time, however long the others
 * take, and an answer takes from that time on. Prints how long.
 */
const [kind = '', url = '', rate = '', seconds = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'relay-'))
const server = await ServerProcess.start(kind, url, join(folder, 'events.db'))
const free: Connection[] = []

async function send(due: number): Promise<number> {
  const used = free.pop() ?? (await connection(server.port))
  await used.send(pageRequest())
  free.push(used)
  return performance.now() - due
}

async function load(ms: number): Promise<number[]> {
  const from = performance.now()
  const answers: Promise<number>[] = []
  while (performance.now() < from + ms) {
    for (let due = from + (answers.length * 1_000) / Number(rate); due <= performance.now();) {
      answers.push(send(due))
      due = from + (answers.length * 1_000) / Number(rate)
    }
    await new Promise((passed) => setTimeout(passed, 1))
  }
  return Promise.all(answers)
}

// Until its code is compiled.
await load(3_000)
const answerMs = (await load(Number(seconds) * 1_000)).toSorted((a, b) => a - b)
const at = (share: number) => answerMs[Math.floor(answerMs.length * share)]
process.stdout.write(JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) }))
await server.kill()
rmSync(folder, { recursive: true })
process.exit()
