import { type Bump, bumpDemanded, isBeforeOne, isSmaller, largest } from './bump.ts'
import type { Change } from './changes.ts'
import { bumpOffered, type Changeset, changesetCommand } from './changesets.ts'
import { documentPath } from './document.ts'

/** All that decides. */
export interface Case {
  changes: readonly Change[]
  /** The changesets that are new since the base. */
  changesets: readonly Changeset[]
  /** The version at the base. */
  version: string
  /** By how much it was raised since. */
  raised: Bump | undefined
  /** The published packages. */
  packages: readonly string[]
  /** The base, in words. */
  since: string
  /** The subject of the changes, and how a changelog may begin to tell of them. */
  subject?: { name: string; headline: string }
}

const theDocument = { name: documentPath, headline: 'The API changed' }

export interface Verdict {
  lines: string[]
  /** Says why the check fails and what mends it. */
  problem?: string
}

export function judge({ changes, changesets, version, raised, packages, since, subject = theDocument }: Case): Verdict {
  const demanded = bumpDemanded(
    changes.map(({ impact }) => impact),
    version,
  )
  if (demanded === undefined) return { lines: [`${subject.name} means what it means in ${since}.`] }
  const lines = changes.map(({ impact, words }) => `${impact}  ${words}`)
  const offered = largest([bumpOffered(changesets), raised].filter((bump) => bump !== undefined))
  if (!isSmaller(offered, demanded)) {
    return { lines: [...lines, `${subject.name} demands ${demanded}${rule(version)}; ${offered} is offered.`] }
  }
  const mend = changesetCommand(demanded, packages, summary(subject.headline, changes))
  const problem = `${subject.name} demands ${demanded}${rule(version)}, and ${lack(changesets, since)}${mend}`
  return { lines, problem }
}

const rule = (version: string) => (isBeforeOne(version) ? ' (before 1.0 what breaks is minor, all else patch)' : '')

function lack(changesets: readonly Changeset[], since: string): string {
  const offer = bumpOffered(changesets)
  const file = changesets.find(({ bump }) => bump === offer)?.file
  if (offer === undefined || file === undefined) return `no changeset is new since ${since}. To mend it, run: `
  return `${file} offers ${offer} only. To mend it, raise it there, or run: `
}

/** Writes what a changelog may say: the changes of the largest impact, unless there are too many. */
function summary(headline: string, changes: readonly Change[]): string {
  const impact = largest(changes.map((change) => change.impact))
  const words = changes.filter((change) => change.impact === impact).map((change) => change.words)
  const more = words.length > 3 ? ['and more'] : []
  return `${headline}: ${[...words.slice(0, 3), ...more].join('; ')}`
}
