/** The name that was perhaps meant: one that begins like the word, or has few letters wrong. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const [best = ''] = names.toSorted((one, other) => distance(word, one) - distance(word, other))
  if (distance(word, best) <= Math.ceil(best.length / 3)) return best
  const longer = word.length < 3 ? [] : names.filter((name) => name.startsWith(word))
  return longer.length === 1 ? longer[0] : undefined
}

/** Number of letters to change, add or leave out (Levenshtein); 1 for the same letters in another order. */
function distance(one: string, other: string): number {
  if (one !== other && sorted(one) === sorted(other)) return 1
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of one.split('').entries()) {
    const next = [at + 1]
    for (const [to, wanted] of other.split('').entries()) {
      const change = (row[to] ?? 0) + (letter === wanted ? 0 : 1)
      next.push(Math.min(change, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function sorted(word: string): string {
  return word.split('').toSorted().join('')
}
