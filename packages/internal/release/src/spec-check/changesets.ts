import { parseChangesetFile } from '@changesets/parse'
import { type Bump, largest } from './bump.ts'
import { Problem } from './problem.ts'

/** A changeset file, as far as it counts for the published packages. */
export interface Changeset {
  file: string
  /** Undefined where it names none of them. */
  bump: Bump | undefined
}

/** @param packages those that are published, with one version for all: the largest bump is everybody's */
export function readChangeset(file: string, text: string, packages: readonly string[]): Changeset {
  try {
    const ours = parseChangesetFile(text).releases.filter(({ name }) => packages.includes(name))
    return { file, bump: largest(ours.map(({ type }) => type as Bump)) }
  } catch (thrown) {
    const [line] = String(thrown instanceof Error ? thrown.message : thrown).split('\n')
    throw new Problem(`${file} is no changeset (${line}). To write one, run: pnpm changeset`)
  }
}

export function bumpOffered(changesets: readonly Changeset[]): Bump | undefined {
  return largest(changesets.flatMap(({ bump }) => bump ?? []))
}

/** The command that writes a changeset and asks nothing. */
export function changesetCommand(bump: Bump, packages: readonly string[], summary: string): string {
  return `pnpm changeset add --${bump} ${packages.join(',')} -m '${summary.replaceAll("'", String.raw`'\''`)}'`
}
