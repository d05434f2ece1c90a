/** The part of the version that a release raises. */
export type Bump = 'patch' | 'minor' | 'major'

const sizes: readonly Bump[] = ['patch', 'minor', 'major']

export function isSmaller(bump: Bump | undefined, than: Bump): boolean {
  return bump === undefined || sizes.indexOf(bump) < sizes.indexOf(than)
}

export function largest(bumps: Iterable<Bump>): Bump | undefined {
  const among = new Set(bumps)
  return sizes.findLast((size) => among.has(size))
}

export const isBeforeOne = (version: string): boolean => version.startsWith('0.')

/**
 * Decides which bump changes of the given impacts demand.
 *
 * Before 1.0 everything counts one less: what breaks demands a minor, all else a patch. So reads npm a range such as
 * `^0.3.0`, which takes 0.3.1 and refuses 0.4.0; and a changeset that says major would publish 1.0.0.
 */
export function bumpDemanded(impacts: Iterable<Bump>, version: string): Bump | undefined {
  const impact = largest(impacts)
  if (impact === undefined || !isBeforeOne(version)) return impact
  return impact === 'major' ? 'minor' : 'patch'
}

/** By how much a version was raised already, as `changeset version` does before a release. */
export function bumpBetween(before: string, after: string): Bump | undefined {
  const [from, to] = [before, after].map((version) => version.split(/[.+-]/).map(Number)) as [number[], number[]]
  const at = from.slice(0, 3).findIndex((part, index) => part !== to[index])
  return at >= 0 && (to[at] ?? 0) > (from[at] ?? 0) ? sizes[2 - at] : undefined
}
