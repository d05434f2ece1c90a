/** Number of events by category; the empty text stands for events without one. */
export type CategoryCounts = ReadonlyMap<string, number>

export interface Category {
  readonly name: string
  readonly count: number
}

/** Counts one event more, or one less, unless it is no track; of a category that has none left nothing is kept. */
export function countCategory(counts: Map<string, number>, name: string | undefined, by: 1 | -1): void {
  if (name === undefined) return
  const count = (counts.get(name) ?? 0) + by
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}

/** The categories, the most frequent first. */
export function categoriesOf(counts: CategoryCounts): Category[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
}
