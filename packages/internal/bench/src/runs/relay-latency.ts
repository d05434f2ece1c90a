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
/** More than a relay needs that keeps up; on one that does not, requests wait for their turn. */
const connections = 256
const free = await Promise.all(Array.from({ length: connections }, () => connection(server.port)))
const waiting: ((freed: Connection) => void)[] = []

async function send(due: number): Promise<number> {
  const used = free.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)))
  const status = await used.send(pageRequest())
  if (status !== 200) throw new Error(`Answered by ${status}`)
  const next = waiting.shift()
  if (next === undefined) free.push(used)
  else next(used)
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
