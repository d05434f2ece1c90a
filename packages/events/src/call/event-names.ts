/** Conventions for the names of events. */
const conventions = {
  snake_case: { pattern: /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, example: 'button_clicked' },
  'kebab-case': { pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, example: 'button-clicked' },
  camelCase: { pattern: /^[a-z][a-zA-Z0-9]*$/, example: 'buttonClicked' },
  PascalCase: { pattern: /^[A-Z][a-zA-Z0-9]*$/, example: 'ButtonClicked' },
  'Title Case': { pattern: /^[A-Z][a-zA-Z0-9]*( [A-Z0-9][a-zA-Z0-9]*)*$/, example: 'Button Clicked' },
}

/** Names that events may have: those of a convention, those that match a pattern, or those of a list. */
export type EventNames = keyof typeof conventions | RegExp | readonly string[]

/** Says what is wrong with the name of an event, if anything. */
export type NameProblem = (event: string) => string | undefined

export const eventNamesAllowed = `${Object.keys(conventions)
  .map((name) => `'${name}'`)
  .join(', ')}, a RegExp, or a list of names that is not empty`

export function isEventNames(value: unknown): value is EventNames {
  if (Array.isArray(value)) return value.length > 0 && value.every((name) => typeof name === 'string' && name !== '')
  return value instanceof RegExp || (typeof value === 'string' && Object.hasOwn(conventions, value))
}

export function nameProblemOf(names: EventNames): NameProblem {
  if (typeof names === 'string') {
    const { pattern, example } = conventions[names]
    return (event) => (pattern.test(event) ? undefined : `must be in ${names}, such as ${example} (eventNames)`)
  }
  if (names instanceof RegExp) {
    // Without the flags that make a pattern go on where it stopped the last time.
    const pattern = new RegExp(names.source, names.flags.replace(/[gy]/g, ''))
    return (event) => (pattern.test(event) ? undefined : `must match ${String(pattern)} (eventNames)`)
  }
  const known = new Set(names)
  const listed = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '')
  return (event) => (known.has(event) ? undefined : `must be one of: ${listed} (eventNames)`)
}
