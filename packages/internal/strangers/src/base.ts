import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Git, lastVersion, type Packed, packAll } from '@obsidianlaunch/release'
import { succeed } from '@obsidianlaunch/testkit/run'
import { pnpm, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

const git = async (...args: string[]) => (await succeed('git', args, { cwd: root })).trim()

/** The commit of what users have now, `UPGRADE_FROM` or else the one that set the current version; or why there is none. */
export async function findBase(): Promise<{ commit: string } | string> {
  const named = process.env['UPGRADE_FROM']
  return named ? { commit: await git('rev-parse', `${named}^{commit}`) } : lastVersion(new Git(root))
}

/** The packages of an earlier commit, built by its own tools and packed under a version. */
export async function packBase(commit: string, home: string, version: string): Promise<Packed[]> {
  const workspace = join(home, 'base')
  await mkdir(workspace, { recursive: true })
  const archive = join(home, 'base.tar')
  await git('archive', '--output', archive, commit)
  await succeed('tar', ['-xf', archive, '-C', workspace])
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline'], { cwd: workspace })
  // turbo finds its place by the repository.
  if (!existsSync(join(workspace, '.git'))) await succeed('git', ['init', '-q'], { cwd: workspace })
  const ours = publishedPackages(workspace).map(({ manifest }) => `--filter=${manifest.name}`)
  await pnpm(['exec', 'turbo', 'run', 'build', ...ours, '--output-logs=errors-only'], { cwd: workspace })
  return packAll(join(home, 'base-packed'), { workspace, version })
}
