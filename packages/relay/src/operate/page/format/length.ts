/** Lengths of time that people read. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length in its largest unit: `3 min`. */
export function lengthOf(ms: number): string {
  for (const [unit, size] of units) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`
  return ms > 0 ? 'under 1 s' : '0 s'
}

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

export function momentOf(at: number): string {
  return moments.format(new Date(at))
}
