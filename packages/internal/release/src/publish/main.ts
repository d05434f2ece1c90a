import { parseArgs } from 'node:util'
import { publishAll } from './publish.ts'
import { ReleaseError } from './release-error.ts'

// `pnpm release`: what .github/workflows/release.yml runs, and with another npmrc whoever tries it on this machine.
const [command, ...args] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  if (command === 'publish') await publishAll(folderIn(args), { say })
  else await packOrRelease()
} catch (error) {
  const problems = error instanceof ReleaseError ? error.problems : [String(error)]
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(''))
  process.exitCode = 1
}

function folderIn(given: string[]): string {
  const { positionals } = parseArgs({ args: given, allowPositionals: true })
  if (positionals.length === 1) return String(positionals[0])
  throw new ReleaseError(['Name the folder of the tarballs: pnpm release publish DIR'])
}

async function packOrRelease(): Promise<void> {
  // Not above: it needs what is installed, which the job that publishes does without.
  const { pack, release } = await import('./release.ts')
  if (command === 'pack') {
    const { into } = parseArgs({ args, options: { into: { type: 'string' } } }).values
    if (into === undefined) throw new ReleaseError(['Name a folder for the tarballs: pnpm release pack --into DIR'])
    return void (await pack(into, { say }))
  }
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
  return release({ dryRun: values['dry-run'], say })
}
