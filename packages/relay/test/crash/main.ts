/** The long form: `node test/crash/main.ts [kills] [acknowledged] [seed]` */
import { crash } from './crash.ts'

const [kills = 100, acknowledged = 200_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number)
process.stdout.write(`seed ${seed}\n`)
const startedAt = performance.now()
const report = await crash({
  kills,
  acknowledged,
  seed,
  onKill: ({ relay, upstream }, so) =>
    (relay + upstream) % 10 === 0 && process.stdout.write(`${relay} + ${upstream} kills: ${so} acknowledged\n`),
})
const { broken, ...counts } = report
process.stdout.write(`${Math.round((performance.now() - startedAt) / 1_000)} s: ${JSON.stringify(counts)}\n`)
for (const fault of broken.slice(0, 50)) process.stdout.write(`${fault}\n`)
process.exitCode = broken.length > 0 ? 1 : 0
