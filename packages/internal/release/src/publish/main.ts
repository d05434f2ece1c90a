import { parseArgs } from 'node:util'
import { release, ReleaseError } from './release.ts'

// `pnpm release`: what .github/workflows/release.yml runs, and with another npmrc whoever tries it on this machine.
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })

try {
  await release({ dryRun: values['dry-run'], say: (line) => void process.stdout.write(`${line}\n`) })
} catch (error) {
  const problems = error instanceof ReleaseError ? error.problems : [String(error)]
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(''))
  process.exitCode = 1
}
