import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from '@obsidianlaunch/testkit/workspace'
import { findBase } from './base.ts'
import { bumpBetween } from './bump.ts'
import { changesBetween } from './changes.ts'
import { readChangeset } from './changesets.ts'
import { documentPath, readDocument } from './document.ts'
import { changesOfExports } from './exports.ts'
import { Git } from './git.ts'
import { judge, type Verdict } from './verdict.ts'

/** Compares the OpenAPI document, the changesets and the version of a checkout with those of its base. */
export async function check(root: string, named?: string): Promise<Verdict> {
  const git = new Git(root)
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const { baseBranch: branch } = JSON.parse(read('.changeset/config.json')) as { baseBranch: string }
  const published = publishedPackages(root)
  const packages = published.map((one) => one.manifest.name)
  // All have one version.
  const manifest = `${published[0]?.path}/package.json`
  const base = findBase({ root, git, named, branch })
  if (typeof base === 'string') return { lines: [`${documentPath} is compared with nothing: ${base}.`] }
  const { commit, name } = base

  const before = readDocument(git.show(commit, documentPath), `${documentPath} of ${name}`)
  const changes = await changesBetween(root, before, readDocument(read(documentPath), documentPath))
  const known = git.run('ls-tree', '-r', '--name-only', commit, '.changeset/').split('\n')
  const fresh = globSync('.changeset/*.md', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !known.includes(path) && path !== '.changeset/README.md')
  const version = versionIn(git.show(commit, manifest))
  const all = {
    changesets: fresh.toSorted().map((path) => readChangeset(path, read(path), packages)),
    version,
    raised: bumpBetween(version, versionIn(read(manifest))),
    packages,
    since: name,
  }
  const verdict = judge({ ...all, changes })
  const ofExports = changesOfExports(root, git, commit)
  return ofExports.length === 0 ? verdict : both(verdict, judge({ ...all, changes: ofExports, subject: theExports }))
}

const theExports = { name: 'What the packages export', headline: 'What is exported changed' }

function both(first: Verdict, second: Verdict): Verdict {
  const problem = first.problem ?? second.problem
  return { lines: [...first.lines, ...second.lines], ...(problem !== undefined && { problem }) }
}

function versionIn(manifest: string): string {
  return (JSON.parse(manifest) as { version: string }).version
}
