import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { documentPath } from './document.ts'
import { reportsPath } from './exports.ts'
import type { Git } from './git.ts'
import { Problem } from './problem.ts'

export interface Base {
  commit: string
  /** In words: a branch, or the tag of a release. */
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
  return isOnBase && looking.named === undefined ? lastRelease(looking, name) : { commit, name }
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

/** On the base branch itself, what was released last is what users have. */
function lastRelease({ git }: Looking, branch: string): Base | string {
  const tag = git.try('describe', '--tags', '--abbrev=0', '--match=v[0-9]*', 'HEAD')
  return tag === undefined ? `this is ${branch}, and no release is tagged here` : { commit: tag, name: tag }
}
