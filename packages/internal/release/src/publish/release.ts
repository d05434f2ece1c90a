import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { wrongContents } from './contents.ts'
import { wrongWhenInstalled } from './installed.ts'
import { type Packed, packAll, type PackOptions } from './pack.ts'
import { isPublished, nothingToPublish, publishAll, type PublishOptions } from './publish.ts'
import { ReleaseError } from './release-error.ts'
import { wrongForTools } from './type-lint.ts'
import { type Package, pnpm, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'

export interface Packing extends PackOptions, PublishOptions {}

export interface ReleaseOptions extends Packing {
  /** Checks everything and publishes nothing. */
  dryRun?: boolean
}

/** Builds, packs, checks and publishes what the registry does not have yet. */
export async function release({ dryRun = false, ...options }: ReleaseOptions = {}): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'events-release-'))
  try {
    const tarballs = await pack(folder, options)
    if (tarballs.length > 0 && !dryRun) await publishAll(folder, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Builds, packs and checks the packages, and leaves their tarballs in a folder: none if the registry has them all. */
export async function pack(folder: string, options: Packing = {}): Promise<string[]> {
  const { workspace = root, version, npmrc, say = () => {} } = options
  const packages = publishedPackages(workspace)
  if (version === undefined) {
    if (await areAllPublished(packages, npmrc)) {
      say(nothingToPublish)
      return []
    }
    await mustBeVersioned(workspace)
  }
  await mustBeWithoutTarballs(folder)

  const filters = packages.map(({ manifest }) => `--filter=${manifest.name}`)
  await pnpm(['exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only'], { cwd: workspace })
  say('built')

  const into = await mkdtemp(join(tmpdir(), 'events-pack-'))
  try {
    const packed = await packAll(into, { workspace, ...(version !== undefined && { version }) })
    await check(packed)
    for (const { tarball } of packed) await copyFile(tarball, join(folder, basename(tarball)))
    say('packed and checked')
    return packed.map(({ tarball }) => join(folder, basename(tarball)))
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

async function areAllPublished(packages: readonly Package[], npmrc: string | undefined): Promise<boolean> {
  for (const one of packages) if (!(await isPublished(one, npmrc))) return false
  return true
}

/** Else those of another time would be published too. */
async function mustBeWithoutTarballs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const found = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (found !== undefined) throw new ReleaseError([`${join(folder, found)} is there already: empty ${folder} first`])
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
