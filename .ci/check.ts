import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { Summary } from './summary.ts'

/** The steps of `npm test`, in turn. The first step that fails decides the exit code; the count comes last in any case. */
const steps = [
  // Before anything is generated anew: generated code must be as it was committed.
  'drift //#format //#spec:lint //#boundaries',
  // Two at a time: the tests start servers and processes of their own.
  'build //#lint typecheck test --continue=dependencies-successful --concurrency=2',
]
const options = ['--output-logs=errors-only', '--log-order=grouped', '--log-prefix=none']
/** The lines that turbo adds to those of a task that failed. */
const ofTurbo = /^\s*(•|Tasks:|Cached:|Time:|Failed:|WARNING)/

const summary = new Summary()
// turbo brings back those of what it takes from its cache.
summary.forget()
// Said last, as it is what is left to do once the rest is done.
const versions = run('node', 'packages/internal/release/src/spec-check/main.ts')
const progress = setInterval(() => say(summary.news()), 300)
let failed = false
for (const step of steps) {
  const { code, output } = await run('turbo', 'run', ...step.split(' '), ...options)
  failed = code !== 0
  if (!failed) continue
  const lines = output.trim().split('\n')
  say(lines.filter((line) => !ofTurbo.test(line)))
  break
}
clearInterval(progress)
const versioned = await versions
// The changes themselves are for those who have to mend something.
const verdict = versioned.output
  .trim()
  .split('\n')
  .slice(versioned.code === 0 ? -1 : 0)
const { lines, isGood } = summary.end()
say([...summary.news(), ...verdict, ...lines])
process.exitCode = failed || versioned.code !== 0 || !isGood ? 1 : 0

function say(words: readonly string[]): void {
  if (words.length > 0) process.stdout.write(`${words.join('\n')}\n`)
}

/** Runs a program to its end and keeps what it says. */
async function run(command: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  // The npx that runs this one would tell its own command to every other that a test starts.
  const { npm_config_call: _call, npm_config_package: _package, ...rest } = process.env
  const env = { ...rest, TURBO_TELEMETRY_DISABLED: '1' }
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'], env })
  const ended = new Promise<number | null>((end) => child.on('close', end))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, output: stdout + stderr }
}
