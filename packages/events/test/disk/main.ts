/** The long form: `node test/disk/main.ts [rounds] [seed] [one trial]` */
import { Random } from '../crash/random.ts'
import { copyDirectory, type DiskReport, loseLog, losePower } from './kit.ts'
import { buildShim } from './shim.ts'

const [rounds = 40, seed = Date.now() % 1_000_000] = process.argv.slice(2, 4).map(Number)
const only = process.argv[4]
const built = buildShim()
if ('why' in built) {
  process.stderr.write(`${built.why}\n`)
  process.exit(1)
}
const { shim } = built
process.stdout.write(`seed ${seed}\n`)
const random = new Random(seed)
const one = () => ({ shim, seed: random.below(1e9), size: 'small', most: 60 }) as const
const fault = (what: 'sync' | 'write' | 'unlink' | 'cut', end: number, count = 1) =>
  ({ what, from: random.below(end), count: 1 + random.below(count) }) as const

/** The trials by name. */
const trials: Record<string, () => Promise<DiskReport>> = {
  'power loss': () => losePower(one()),
  'power loss, log full': () => losePower({ ...one(), size: 'large', most: 20 }),
  'power loss after a failed sync': () => losePower({ ...one(), fault: fault('sync', 60, 2) }),
  'power loss after a failed sync, log full': () =>
    losePower({ ...one(), size: 'large', most: 20, fault: fault('sync', 260, 3) }),
  'power loss after a full disk': () => losePower({ ...one(), fault: fault('write', 600, 40) }),
  'the log unlinked': () => loseLog({ ...one(), fault: fault('unlink', 700) }),
  'two owners, after a copy of the directory': () => copyDirectory(one()),
  'the log cut': () => loseLog({ ...one(), fault: fault('cut', 700) }),
}

for (const [name, trial] of Object.entries(trials)) {
  if (only !== undefined && name !== only) continue
  const sum: DiskReport = { states: 0, acknowledged: 0, broken: [] }
  for (let round = 0; round < rounds; round++) {
    const { states, acknowledged, broken } = await trial()
    sum.states += states
    sum.acknowledged += acknowledged
    sum.broken.push(...broken)
  }
  process.stdout.write(`${name}: ${sum.states} states, ${sum.acknowledged} acknowledged, ${sum.broken.length} broken\n`)
  for (const what of sum.broken.slice(0, 10)) process.stdout.write(`  ${what}\n`)
  if (sum.broken.length > 0) process.exitCode = 1
}
