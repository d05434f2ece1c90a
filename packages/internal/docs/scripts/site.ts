/** The one command of the site: `build`, `dev` or `test`, each after what it needs is installed and built. */
import { spawnSync } from 'node:child_process'
import { docs, root } from '../site/repository.ts'

const [verb = 'build'] = process.argv.slice(2)

run(root, 'turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only', '--log-order=grouped')
run(docs, 'pnpm', 'install', '--silent', '--frozen-lockfile', '--prefer-offline')
if (verb === 'dev') run(docs, 'pnpm', 'run', 'dev')
else run(docs, 'pnpm', 'run', '--silent', 'build')
if (verb === 'test') {
  for (const check of ['typecheck', 'lint', 'test']) run(docs, 'pnpm', 'run', '--silent', check)
}

/** Runs one step; the first that fails ends it all. */
function run(folder: string, command: string, ...args: string[]): void {
  const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1' }
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}
