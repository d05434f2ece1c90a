import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the changesets' configuration says. */
export interface Workspace {
  /** The branch that releases are made from. */
  branch: string
  /** The published packages: they have one version. */
  packages: string[]
  /** The manifest of one of them. */
  manifest: string
}

export function readWorkspace(root: string): Workspace {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
  const { baseBranch, fixed } = read('.changeset/config.json') as { baseBranch: string; fixed: [string[]] }
  const [packages] = fixed
  const manifests = globSync('packages/*/package.json', { cwd: root })
  const manifest = manifests.find((path) => packages.includes((read(path) as { name: string }).name))
  if (manifest === undefined) throw new Error('.changeset/config.json names no package of this workspace')
  return { branch: baseBranch, packages, manifest }
}
