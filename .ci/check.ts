import { spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'

/** The steps of `npm test`, in turn. The first step that fails decides the exit code; the count comes last in any case. */
const steps = [
  // Before anything is generated anew: generated code must be as it was committed.
  'turbo run drift //#format //#spec:lint //#boundaries',
  // It reads types, which one package has of another only once that is built.
  'turbo run //#lint',
  // Two at a time: the tests start servers and processes of their own.
  'turbo run build typecheck test --continue=dependencies-successful --concurrency=2',
]
const output = ['--output-logs=new-only', '--log-order=grouped']

// turbo brings back those of what it takes from its cache. Any other is of an earlier run and must not be counted.
for (const stale of globSync('packages/{*,internal/*}/test-results.json')) rmSync(stale)

let failed = false
for (const step of steps) failed ||= run([...step.split(' '), ...output]) !== 0
// Said last, as it is what is left to do once the rest is done.
const versioned = run(['node', 'packages/internal/release/src/spec-check/main.ts']) === 0
const counted = run(['node', '.ci/summary.ts']) === 0
process.exitCode = failed || !versioned || !counted ? 1 : 0

function run([command = '', ...args]: string[]): number {
  return (
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' } }).status ?? 1
  )
}
