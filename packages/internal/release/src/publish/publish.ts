import type { Packed } from './pack.ts'
import { run } from '@obsidianlaunch/testkit/run'

/** Tells whether the registry has that version already. */
export async function isPublished(
  { manifest: { name, version } }: Pick<Packed, 'manifest'>,
  npmrc?: string,
): Promise<boolean> {
  const { code, stdout, stderr } = await run(
    'npm',
    ['view', `${name}@${version}`, 'version', '--json'],
    settings(npmrc),
  )
  if (code === 0) return stdout.includes(version)
  if (/E404|404 Not Found/.test(stdout + stderr)) return false
  throw new Error(`The registry does not say whether it has ${name}@${version}: ${stderr}`)
}

/**
 * Publishes a tarball. Who may, npm finds out: in the release workflow by its identity, which also proves where the
 * package was built (https://docs.npmjs.com/trusted-publishers), elsewhere by the token of the npmrc.
 */
export async function publish(
  { tarball, manifest: { name, version } }: Packed,
  npmrc?: string,
  // Anything with a hyphen is not for who asks for the latest.
  tag = version.includes('-') ? 'next' : 'latest',
): Promise<void> {
  const args = ['publish', tarball, '--access', 'public', '--tag', tag]
  const { code, stdout, stderr } = await run('npm', args, settings(npmrc))
  if (code !== 0) throw new Error(`${name}@${version} was not published: ${stdout}${stderr}`)
}

const settings = (npmrc: string | undefined) => (npmrc === undefined ? {} : { env: { NPM_CONFIG_USERCONFIG: npmrc } })
