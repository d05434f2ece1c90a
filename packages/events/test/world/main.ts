/** The simulated world: `pnpm world [--seed N] [--steps N] [--minutes N] [--years N] [--script FILE] [--trace] [--mutants]` */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { anyScript } from './script/any-script.ts'
import { type Engine, loadEngine } from './machine/engine.ts'
import { hunt } from './mutants/hunt.ts'
import { Random } from './script/random.ts'
import { run } from './run.ts'
import { day, type Script } from './script/script.ts'
import { shrink } from './script/shrink.ts'

const started = process.hrtime.bigint()
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(process.pid * 7_919 + (Number(started) % 1_000_003)) },
    steps: { type: 'string' },
    minutes: { type: 'string' },
    years: { type: 'string' },
    script: { type: 'string' },
    sources: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
  },
})
const write = (line: string) => void process.stdout.write(`${line}\n`)
const trace = values.trace ? write : undefined
const most = {
  steps: Number(values.steps ?? (values.minutes || values.years ? Infinity : 20_000)),
  minutes: Number(values.minutes ?? Infinity),
  years: Number(values.years ?? Infinity),
}
const seed = Number(values.seed)
const minutes = () => Number(process.hrtime.bigint() - started) / 6e10

// The hunt needs the platform as it is; whatever comes after this line has the world in its place.
if (values.mutants && !(await hunt(seed, write, values.only))) process.exitCode = 1
const loaded = values.mutants ? undefined : await loadEngine(values.sources)

if (loaded === undefined) write(`seed ${seed}`)
else if (values.script) await replay(loaded, JSON.parse(readFileSync(values.script, 'utf8')) as Script)
else await search(loaded)

async function replay(engine: Engine, script: Script): Promise<void> {
  const { finding, fingerprint } = await run(engine, script, trace)
  write(finding ? finding.message : `nothing found, fingerprint ${fingerprint}`)
  process.exitCode = finding ? 1 : 0
  // Who traces a script follows it as it is.
  if (finding && !values.trace) await report(engine, script)
}

/** Runs one script after the other, until one finds something or it is enough. */
async function search(engine: Engine): Promise<void> {
  const random = new Random(seed)
  write(`seed ${seed}`)
  let [scripts, steps, ms, fingerprint] = [0, 0, 0, 0]
  for (; steps < most.steps && ms < most.years * 365 * day && minutes() < most.minutes; scripts++) {
    const script = anyScript(random, values.years !== undefined)
    const result = await run(engine, script, trace)
    steps += result.steps
    ms += result.ms
    fingerprint = (Math.imul(fingerprint, 31) ^ result.fingerprint) >>> 0
    if (result.finding === undefined) continue
    write(`after ${steps} steps, ${(minutes() * 60).toFixed(1)} s: ${result.finding.message}`)
    await report(engine, script)
    process.exitCode = 1
    return
  }
  const time = `${(ms / day).toFixed(1)} simulated days in ${(minutes() * 60).toFixed(1)} s`
  write(`${scripts} scripts, ${steps} steps, ${time}, nothing found, fingerprint ${fingerprint}`)
}

async function report(engine: Engine, script: Script): Promise<void> {
  const shortest = values['no-shrink'] ? script : await shrink(engine, script)
  const { finding } = await run(engine, shortest)
  write(`${finding?.message ?? 'not found again'}\nThe shortest script that shows it (--script FILE):`)
  const { dice, settings, ops } = shortest
  const lines = ops.map((op) => `    ${JSON.stringify(op)}`).join(',\n')
  write(`{\n  "dice": ${dice},\n  "settings": ${JSON.stringify(settings)},\n  "ops": [\n${lines}\n  ]\n}`)
}
