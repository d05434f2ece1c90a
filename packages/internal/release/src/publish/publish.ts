import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Manifest } from '@obsidianlaunch/testkit/workspace'
import { ReleaseError } from './release-error.ts'

// Imports nothing that is installed: the job that may publish runs this, npm and no other code.

/** A package as it goes to the registry. */
export interface Tarball {
  tarball: string
  manifest: Manifest
}

export interface PublishOptions {
  /** The npmrc to publish with, instead of the user's own. */
  npmrc?: string | undefined
  say?: (line: string) => void
}

/** Publishes what the registry does not have yet of the tarballs in a folder, each after those it depends on. */
export async function publishAll(folder: string, { npmrc, say = () => {} }: PublishOptions = {}): Promise<void> {
  const tarballs = await tarballsIn(folder)
  if (tarballs.length === 0) {
    throw new ReleaseError([`There is no tarball in ${folder}: run pnpm release pack --into ${folder}`])
  }
  let published = 0
  for (const one of inOrder(tarballs)) {
    if (await isPublished(one, npmrc)) continue
    await publish(one, npmrc)
    say(`published ${one.manifest.name}@${one.manifest.version}`)
    published += 1
  }
  if (published === 0) say(nothingToPublish)
}

export const nothingToPublish = 'Nothing to publish: the registry has these versions already.'

async function tarballsIn(folder: string): Promise<Tarball[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).toSorted()
  // In full, since npm takes `folder/file` for a repository on GitHub.
  return Promise.all(names.map((name) => readTarball(resolve(folder, name))))
}

async function readTarball(tarball: string): Promise<Tarball> {
  const { code, stdout, stderr } = await run('tar', ['-xzOf', tarball, 'package/package.json'])
  if (code !== 0) throw new ReleaseError([`${tarball} is not a package: ${stderr.trim()}`])
  return { tarball, manifest: JSON.parse(stdout) as Manifest }
}

function inOrder(tarballs: readonly Tarball[]): Set<Tarball> {
  const sorted = new Set<Tarball>()
  const add = (one: Tarball): void => {
    for (const other of tarballs) if (other.manifest.name in (one.manifest.dependencies ?? {})) add(other)
    sorted.add(one)
  }
  for (const one of tarballs) add(one)
  return sorted
}

/** Asks the registry for that version. */
export async function isPublished(
  { manifest: { name, version } }: Pick<Tarball, 'manifest'>,
  npmrc?: string,
): Promise<boolean> {
  const { code, stdout, stderr } = await run('npm', ['view', `${name}@${version}`, 'version', '--json'], npmrc)
  if (code === 0) return stdout.includes(version)
  if (/E404|404 Not Found/.test(stdout + stderr)) return false
  throw new Error(`The registry does not say whether it has ${name}@${version}: ${stderr}`)
}

/**
 * Publishes a tarball. Who may, npm finds out: in the release workflow by its identity, which also proves where the
 * package was built (https://docs.npmjs.com/trusted-publishers), elsewhere by the token of the npmrc.
 */
export async function publish(
  { tarball, manifest: { name, version } }: Tarball,
  npmrc?: string,
  // Anything with a hyphen is not for who asks for the latest.
  tag = version.includes('-') ? 'next' : 'latest',
): Promise<void> {
  const args = ['publish', tarball, '--ignore-scripts', '--access', 'public', '--tag', tag]
  const { code, stdout, stderr } = await run('npm', args, npmrc)
  if (code !== 0) throw new Error(`${name}@${version} was not published: ${stdout}${stderr}`)
}

/** Runs a program to its end, whatever that is. */
function run(command: string, args: readonly string[], npmrc?: string) {
  const env = { ...process.env, ...(npmrc !== undefined && { NPM_CONFIG_USERCONFIG: npmrc }) }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((ended) => {
    execFile(command, [...args], { env }, (error, stdout, stderr) => {
      ended({ code: error === null ? 0 : error.code, stdout, stderr: stderr || (error?.message ?? '') })
    })
  })
}
