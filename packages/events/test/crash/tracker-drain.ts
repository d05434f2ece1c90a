/** Sends what is stored, and tells the counts: `node tracker-drain.ts <file>` */
import { pass } from './process.ts'
import { trackerOn } from './tracker-under-test.ts'

/** Longest time in which nothing may happen. Altogether it takes what a busy machine needs for a hundred thousand events. */
const patienceMs = 60_000
const tracker = trackerOn(process.argv[2] ?? '')
await tracker.start()
let { pending } = tracker.stats()
for (let until = performance.now() + patienceMs; pending > 0 && performance.now() < until;) {
  await tracker.flush({ timeoutMs: 1_000 })
  // What waits for its retry no flush waits for.
  await pass(5)
  const { pending: left } = tracker.stats()
  if (left < pending) until = performance.now() + patienceMs
  pending = left
}
process.stdout.write(`${JSON.stringify(await tracker.shutdown({ timeoutMs: 0 }))}\n`)
