/** JSON pointer to a member, by the names that lead to it, as a fragment. @see https://www.rfc-editor.org/rfc/rfc6901#section-6 */
export function pointerOf(names: readonly string[]): string {
  const escaped = names.map((name) => name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))
  return ['#', ...escaped.map(encodeURIComponent)].join('/')
}

/**
 * Pointer to a member whose path is written as `property.list[0].name`. Names may have dots and brackets as well: the body
 * tells which are meant.
 */
export function pointerTo(path: string, body: unknown): string {
  const names: string[] = []
  let rest = path
  let value = body
  while (rest !== '') {
    const step = stepAtStart(rest, value)
    names.push(Array.isArray(value) ? step.slice(1, -1) : step)
    value = Object(value)[names.at(-1) ?? '']
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  return pointerOf(names)
}

/** The index, or the longest name of a member, with which a path begins; else what stands before its first dot. */
function stepAtStart(path: string, value: unknown): string {
  const [untilDot = path] = path.split('.', 1)
  if (Array.isArray(value)) return /^\[\d+\]/.exec(path)?.[0] ?? untilDot
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const fitting = names.filter(
    (name) => name !== '' && path.startsWith(name) && /^[.[]?$/.test(path.charAt(name.length)),
  )
  return fitting.toSorted((a, b) => b.length - a.length)[0] ?? (untilDot || path)
}
