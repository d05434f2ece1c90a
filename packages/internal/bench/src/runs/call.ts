import { contenders } from '../contenders/index.ts'

/** In a process of its own: `call.ts NAME URL`. Prints what one call costs the thread that makes it, in the median. */
const [name = '', url = ''] = process.argv.slice(2)
const entry = contenders[name]
if (entry === undefined) throw new Error(`No contender ${name}`)
const calls = 50
const batches = 300
let left = 0
let drained: () => void = () => undefined
const contender = await entry.open(url, () => (--left === 0 ? drained() : undefined))
const micros: number[] = []
for (let batch = 0; batch < batches; batch++) {
  left = calls
  const delivered = new Promise<void>((resolve) => (drained = resolve))
  const started = process.hrtime.bigint()
  for (let n = 0; n < calls; n++) contender.track(`customer-${n}`)
  micros.push(Number(process.hrtime.bigint() - started) / 1_000 / calls)
  await delivered
}
const sorted = micros.slice(batches / 3).toSorted((a, b) => a - b)
process.stdout.write(`${JSON.stringify({ micros: sorted[Math.floor(sorted.length / 2)] })}\n`)
process.exit()
