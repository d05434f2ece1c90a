import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Packed, packAll } from '@obsidianlaunch/release'
import { succeed } from '@obsidianlaunch/testkit/run'
import { pnpm, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

const git = async (...args: string[]) => (await succeed('git', args, { cwd: root })).trim()

/**
 * The commit that users have now: `UPGRADE_FROM`, else the last release. Before there is one, the first commit that has the SDK,
 * as if it had been released then.
 */
export async function findBase(): Promise<string> {
  const named = process.env['UPGRADE_FROM']
  if (named !== undefined && named !== '') return git('rev-parse', `${named}^{commit}`)
  const [tag] = (await git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname')).split('\n')
  if (tag) return git('rev-parse', `${tag}^{commit}`)
  const [first] = (
    await git('log', '--reverse', '--diff-filter=A', '--format=%H', '--', 'packages/events/src/index.ts')
  ).split('\n')
  if (first) return first
  throw new Error('The history is not here, so there is nothing to upgrade from: run git fetch --unshallow')
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
