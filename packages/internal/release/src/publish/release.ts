import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wrongContents } from './contents.ts'
import { wrongWhenInstalled } from './installed.ts'
import { type Packed, packAll, type PackOptions } from './pack.ts'
import { isPublished, publish } from './publish.ts'
import { wrongForTools } from './type-lint.ts'
import { pnpm, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

export interface ReleaseOptions extends PackOptions {
  /** The npmrc to publish with, instead of the user's own. */
  npmrc?: string
  /** Checks everything and publishes nothing. */
  dryRun?: boolean
  say?: (line: string) => void
}

/** The faults that stand in the way of a release: a line each, with what mends it. */
export class ReleaseError extends Error {
  override name = 'ReleaseError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Builds, packs, checks and publishes what the registry does not have yet. */
export async function release({ workspace = root, npmrc, dryRun, say = () => {}, ...pack }: ReleaseOptions = {}) {
  const wanted = pack.version === undefined ? await notYetPublished(workspace, npmrc) : publishedPackages(workspace)
  if (wanted.length === 0) return say('Nothing to publish: the registry has these versions already.')
  if (pack.version === undefined) await mustBeVersioned(workspace)

  const filters = wanted.map(({ manifest }) => `--filter=${manifest.name}`)
  await pnpm(['exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only'], { cwd: workspace })
  say('built')

  const into = await mkdtemp(join(tmpdir(), 'events-release-'))
  try {
    const packed = await packAll(into, { workspace, ...pack })
    await check(packed)
    say('packed and checked')
    for (const one of packed) {
      if (dryRun || !wanted.some(({ manifest }) => manifest.name === one.manifest.name)) continue
      await publish(one, npmrc)
      say(`published ${one.manifest.name}@${one.manifest.version}`)
    }
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}

/** Throws a ReleaseError unless the tarballs are what a user may install. */
export async function check(packed: readonly Packed[]): Promise<void> {
  const problems: string[] = []
  for (const one of packed) problems.push(...(await wrongContents(one)))
  // What is packed wrongly is not installed to see how else it fails.
  if (problems.length === 0) problems.push(...(await wrongWhenInstalled(packed)))
  for (const one of packed) problems.push(...(await wrongForTools(one)))
  if (problems.length > 0) throw new ReleaseError(problems)
}

async function notYetPublished(workspace: string, npmrc: string | undefined) {
  const missing = []
  for (const one of publishedPackages(workspace)) if (!(await isPublished(one, npmrc))) missing.push(one)
  return missing
}

/** A release has a version of its own, and its changelog says everything. */
async function mustBeVersioned(workspace: string): Promise<void> {
  const unversioned = publishedPackages(workspace).filter(({ manifest }) => manifest.version === '0.0.0')
  const waiting = (await readdir(join(workspace, '.changeset'))).filter((file) => /^(?!README).*\.md$/.test(file))
  const problems = [
    ...unversioned.map(({ manifest }) => `${manifest.name} has no version yet: run pnpm changeset version`),
    ...waiting.map((file) => `.changeset/${file} is not in a version yet: run pnpm changeset version`),
  ]
  if (problems.length > 0) throw new ReleaseError(problems)
}
