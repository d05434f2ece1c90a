/**
 * The simulated world: `pnpm world [--seed N] [--steps N] [--minutes N] [--years N] [--script FILE] [--trace] [--mutants]`.
 * With `--machines N` there are so many, on one storage, which `--storage FAULT` breaks.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { anyScript } from './script/any-script.ts'
import { type Engine, loadEngine } from './machine/engine.ts'
import { hunt } from './mutants/hunt.ts'
import { Random } from './script/random.ts'
import { type Result, run } from './run.ts'
import { day, type Script } from './script/script.ts'
import { shrink } from './script/shrink.ts'
import { runSeveral } from './several/run.ts'
import { anySeveral, type SeveralScript } from './several/script.ts'
import type { StorageFault } from '../support/shared-storage.ts'

const started = process.hrtime.bigint()
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(process.pid * 7_919 + (Number(started) % 1_000_003)) },
    steps: { type: 'string' },
    minutes: { type: 'string' },
    years: { type: 'string' },
    script: { type: 'string' },
    sources: { type: 'string' },
    machines: { type: 'string' },
    storage: { type: 'string' },
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

/** A kind of worlds: how a script of it is made, and how it runs. */
interface Kind<S> {
  any(random: Random): S
  run(engine: Engine, script: S, trace?: (line: string) => void): Promise<Result>
}

const oneMachine: Kind<Script> = { any: (random) => anyScript(random, values.years !== undefined), run }
const several: Kind<SeveralScript> = {
  any: (random) => anySeveral(random, Number(values.machines)),
  run: (engine, script, tracing) => runSeveral(engine, script, tracing, values.storage as StorageFault | undefined),
}

if (loaded === undefined) write(`seed ${seed}`)
else if (values.machines === undefined) await play(loaded, oneMachine)
else await play(loaded, several)

async function play<S extends { readonly ops: readonly unknown[] }>(engine: Engine, kind: Kind<S>): Promise<void> {
  if (values.script) await replay(engine, kind, JSON.parse(readFileSync(values.script, 'utf8')) as S)
  else await search(engine, kind)
}

async function replay<S extends { readonly ops: readonly unknown[] }>(
  engine: Engine,
  kind: Kind<S>,
  script: S,
): Promise<void> {
  const { finding, fingerprint } = await kind.run(engine, script, trace)
  write(finding ? finding.message : `nothing found, fingerprint ${fingerprint}`)
  process.exitCode = finding ? 1 : 0
  // Who traces a script follows it as it is.
  if (finding && !values.trace) await report(engine, kind, script)
}

/** Runs one script after the other, until one finds something or it is enough. */
async function search<S extends { readonly ops: readonly unknown[] }>(engine: Engine, kind: Kind<S>): Promise<void> {
  const random = new Random(seed)
  write(`seed ${seed}`)
  let [scripts, steps, ms, fingerprint] = [0, 0, 0, 0]
  for (; steps < most.steps && ms < most.years * 365 * day && minutes() < most.minutes; scripts++) {
    const script = kind.any(random)
    const result = await kind.run(engine, script, trace)
    steps += result.steps
    ms += result.ms
    fingerprint = (Math.imul(fingerprint, 31) ^ result.fingerprint) >>> 0
    if (result.finding === undefined) continue
    write(`after ${steps} steps, ${(minutes() * 60).toFixed(1)} s: ${result.finding.message}`)
    await report(engine, kind, script)
    process.exitCode = 1
    return
  }
  const time = `${(ms / day).toFixed(1)} simulated days in ${(minutes() * 60).toFixed(1)} s`
  write(`${scripts} scripts, ${steps} steps, ${time}, nothing found, fingerprint ${fingerprint}`)
}

async function report<S extends { readonly ops: readonly unknown[] }>(
  engine: Engine,
  kind: Kind<S>,
  script: S,
): Promise<void> {
  const shortest = values['no-shrink'] ? script : await shrink(script, (fewer) => kind.run(engine, fewer))
  const { finding } = await kind.run(engine, shortest)
  const how = values.machines === undefined ? '--script FILE' : `--machines ${values.machines} --script FILE`
  write(`${finding?.message ?? 'not found again'}\nThe shortest script that shows it (${how}):`)
  const { ops, ...rest } = shortest
  const fields = Object.entries(rest).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`)
  const lines = ops.map((op) => `    ${JSON.stringify(op)}`).join(',\n')
  write(`{\n${fields.join('')}  "ops": [\n${lines}\n  ]\n}`)
}
