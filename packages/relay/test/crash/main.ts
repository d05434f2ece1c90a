/** The long form: `node test/crash/main.ts [kills] [acknowledged] [seed] [--postgres]` */
import { parseArgs } from 'node:util'
import { PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { crash, sumOf } from './crash.ts'

const { values, positionals } = parseArgs({ options: { postgres: { type: 'boolean' } }, allowPositionals: true })
const [kills = 100, acknowledged = 200_000, seed = Date.now() % 1_000_000] = positionals.map(Number)
process.stdout.write(`seed ${seed}\n`)
await using server = values.postgres ? await PostgresServer.start() : undefined
const startedAt = performance.now()
const report = await crash({
  kills,
  acknowledged,
  seed,
  server,
  onKill: (so, events) =>
    sumOf(so) % 10 === 0 && process.stdout.write(`${JSON.stringify(so)} kills: ${events} acknowledged\n`),
})
const { broken, ...counts } = report
process.stdout.write(`${Math.round((performance.now() - startedAt) / 1_000)} s: ${JSON.stringify(counts)}\n`)
for (const fault of broken.slice(0, 50)) process.stdout.write(`${fault}\n`)
process.exitCode = broken.length > 0 ? 1 : 0
