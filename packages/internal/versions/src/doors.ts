import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Change } from './changes.ts'
import { doorChanges } from './door-changes.ts'
import type { Git } from './git.ts'

/** Where the report of each public door is committed (`packages/internal/release` writes them). */
export const reportsPath = 'packages/internal/release/api'

/** What changed in what the packages export, by the reports of the base and of this checkout. */
export function changesOfDoors(root: string, git: Git, commit: string): Change[] {
  const before = (git.try('ls-tree', '-r', '--name-only', commit, `${reportsPath}/`) ?? '').split('\n').filter(Boolean)
  // At a base without any, nothing has been promised yet.
  if (before.length === 0) return []
  const now = globSync(`${reportsPath}/*.api.md`, { cwd: root }).map((path) => path.replaceAll('\\', '/'))
  return [...new Set([...before, ...now])].toSorted().flatMap((path) => {
    const old = before.includes(path) ? git.show(commit, path) : ''
    const young = now.includes(path) ? readFileSync(join(root, path), 'utf8') : ''
    return doorChanges(basename(path, '.api.md'), old, young)
  })
}
