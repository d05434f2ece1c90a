import { parseArgs } from 'node:util'
import { writeBetween } from '@obsidianlaunch/testkit/markdown'
import { missingServer } from '@obsidianlaunch/testkit/postgres'
import { description } from './machine.ts'
import { arePeersInstalled } from './packages.ts'
import { markdown } from './table.ts'
import { bundle } from './tables/bundle.ts'
import { call } from './tables/call.ts'
import { costs } from './tables/costs.ts'
import { importFile } from './tables/import-file.ts'
import { cold } from './tables/import.ts'
import { latency } from './tables/latency.ts'
import { outbox } from './tables/outbox.ts'
import { parts } from './tables/parts.ts'
import { postgresPeers } from './tables/postgres-peers.ts'
import { postgres } from './tables/postgres.ts'
import { queue } from './tables/queue.ts'
import { relay } from './tables/relay.ts'
import { relayDrain } from './tables/relay-drain.ts'
import { relayLoss } from './tables/relay-loss.ts'
import { relayMemory } from './tables/relay-memory.ts'
import { restarts } from './tables/restart.ts'
import { throughput } from './tables/throughput.ts'

const readme = new URL('../README.md', import.meta.url)
const ofRelay = [relay, relayDrain, relayMemory, relayLoss]
const ofPostgres = [postgres, postgresPeers]
const ofTracker = [throughput, call, costs, queue, outbox, restarts, latency, importFile]
const benchmarks = [...ofTracker, ...ofPostgres, ...ofRelay, cold, bundle, parts]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
})

const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) {
  fail(`No benchmark ${unknown.join(', ')}. There are: ${benchmarks.map(({ name }) => name).join(', ')}.`)
} else if (!arePeersInstalled()) {
  fail('The peers are not installed: run `pnpm install:peers` in packages/internal/bench.')
} else {
  process.stdout.write(`${description()}\n\n`)
  if (values.write) writeBetween(readme, 'machine', description())
  for (const benchmark of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue
    const missing = ofPostgres.includes(benchmark) ? missingServer('newest') : undefined
    if (missing !== undefined) {
      process.stderr.write(`${benchmark.name}: ${missing}\n`)
      continue
    }
    const table = markdown(await benchmark.run(Number(values.rounds)))
    process.stdout.write(`${table}\n`)
    if (values.write) writeBetween(readme, benchmark.name, table)
  }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 2
}
