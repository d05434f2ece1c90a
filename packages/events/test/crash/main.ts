/** The long form: `[CRASH_OUTBOX=sqlite-thread] node test/crash/main.ts <store | tracker> [kills] [seed] [acknowledged]` */
import { crash, type CrashReport } from './crash.ts'
import { StoreRound } from './store-round.ts'
import { TrackerRound } from './tracker-round.ts'

const [kit, ...numbers] = process.argv.slice(2)
const [kills = 500, seed = Date.now() % 1_000_000, acknowledged = 100_000] = numbers.map(Number)
process.stdout.write(`seed ${seed}\n`)
const report = await crash((random) => (kit === 'tracker' ? new TrackerRound(random) : new StoreRound(random)), {
  kills,
  seed,
  acknowledged,
  onKill: (so) => so.kills % 25 === 0 && process.stdout.write(line(so)),
})
process.stdout.write(line(report))
for (const fault of report.broken.slice(0, 50)) process.stdout.write(`${fault}\n`)
process.exitCode = report.broken.length > 0 ? 1 : 0

function line({ kills: done, figures, broken }: CrashReport): string {
  const counts = Object.entries(figures).map(([what, count]) => `${count} ${what}`)
  return `${done} kills: ${counts.join(', ')}; ${broken.length} broken\n`
}
