import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportChanges } from '../api/export-changes.ts'
import type { Change } from './changes.ts'
import type { Git } from './git.ts'

/** The folder with the report of each public entry point. */
export const reportsPath = 'packages/internal/release/api'

/** The changes of what the packages export, by the reports of the base and of this checkout. */
export function changesOfExports(root: string, git: Git, commit: string): Change[] {
  // By their names, wherever the base had them.
  const before = byName((git.try('ls-tree', '-r', '--name-only', commit, 'packages/') ?? '').split('\n'))
  // At a base without any, nothing has been promised yet.
  if (before.size === 0) return []
  const now = byName(globSync(`${reportsPath}/*.api.md`, { cwd: root }))
  return [...new Set([...before.keys(), ...now.keys()])].toSorted().flatMap((name) => {
    const [old, young] = [before.get(name), now.get(name)]
    return exportChanges(
      name,
      old === undefined ? '' : git.show(commit, old),
      young === undefined ? '' : readFileSync(join(root, young), 'utf8'),
    )
  })
}

function byName(paths: string[]): Map<string, string> {
  return new Map(paths.flatMap((path) => (/([\w-]+)\.api\.md$/.exec(path)?.slice(1) ?? []).map((name) => [name, path])))
}
