import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { documentPath } from './document.ts'
import { reportsPath } from './exports.ts'
import type { Git } from './git.ts'
import { Problem } from './problem.ts'

export interface Base {
  commit: string
  /** In words: a branch, or a version. */
  name: string
}

export interface Looking {
  root: string
  git: Git
  /** The value of `--base`. */
  named: string | undefined
  /** The branch that releases are made from. */
  branch: string
}

/** Finds what to compare with, or says why there is nothing. */
export function findBase(looking: Looking): Base | string {
  const { root, git } = looking
  if (!existsSync(join(root, '.git')) || !git.has('HEAD')) return 'there is no commit here'
  const name = refOf(looking)
  const commit = git.try('merge-base', 'HEAD', name)
  if (commit === undefined) throw new Problem(noCommonCommit(git, name))
  const isOnBase =
    commit === git.run('rev-parse', 'HEAD') && git.run('diff', commit, '--', documentPath, reportsPath) === ''
  if (!isOnBase || looking.named !== undefined) return { commit, name }
  // On the base branch itself, what was released last is what users have.
  const last = lastVersion(git)
  return typeof last === 'string' ? `this is ${name}, and ${last}` : last
}

function refOf({ git, named, branch }: Looking): string {
  const refs = named === undefined ? [`origin/${branch}`, branch] : [named]
  const found = refs.find((ref) => git.has(ref))
  if (found !== undefined) return found
  if (named !== undefined) throw new Problem(`--base ${named}: there is no such branch, tag or commit here`)
  throw new Problem(`There is no ${branch} here to compare with. To mend it, run: ${fetching(git, branch)}`)
}

function noCommonCommit(git: Git, ref: string): string {
  if (isShallow(git)) return `This shallow clone does not reach back to ${ref}. To mend it, run: git fetch --unshallow`
  return `HEAD and ${ref} have no commit in common. Name another base: pnpm spec:check --base REF`
}

function fetching(git: Git, branch: string): string {
  return `git fetch ${isShallow(git) ? '--unshallow ' : ''}origin ${branch}:refs/remotes/origin/${branch}`
}

const isShallow = (git: Git) => git.run('rev-parse', '--is-shallow-repository') === 'true'

/** All packages have one version. */
const manifest = 'packages/events/package.json'

/** The commit that set the current version, which is what users have; or why there is none to be found. */
export function lastVersion(git: Git): Base | string {
  const commit = git.try('log', '-1', '--format=%H', '-G"version"', '--', manifest)
  if (commit === undefined || commit === '') return 'there is no history of a version here'
  // The oldest commit of a shallow clone looks as if it had brought all that is older, too.
  if (isShallow(git) && !git.has(`${commit}^`)) return 'this shallow clone does not reach back to the last version'
  const { version } = JSON.parse(git.show(commit, manifest)) as { version: string }
  return version === '0.0.0' ? 'there has been no version yet' : { commit, name: `version ${version}` }
}
