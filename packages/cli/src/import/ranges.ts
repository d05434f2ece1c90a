/** Lines in a row: the first and the last. */
export type Range = [from: number, to: number]

/** Joins ranges: the same lines in as few ranges as possible, in order. */
export function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  let last: Range | undefined
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else result.push((last = [from, to]))
  }
  return result
}

/** Ranges as an entry of a journal has them: numbers to the base 36, such as `a0-b2 b5`. */
export function textOfRanges(ranges: readonly Range[]): string {
  return ranges.map(([from, to]) => (from === to ? base36(from) : `${base36(from)}-${base36(to)}`)).join(' ')
}

/** Reads such a text. */
export function rangesIn(text: string): Range[] {
  return text.split(' ').map((range) => {
    const [from = '', to = from] = range.split('-')
    return [Number.parseInt(from, 36), Number.parseInt(to, 36)]
  })
}

function base36(line: number): string {
  return line.toString(36)
}
