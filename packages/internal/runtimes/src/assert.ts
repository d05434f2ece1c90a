/** Throws unless the two are the same, member by member; `what` says what was looked at. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [show(actual), show(expected)]
  if (found !== wanted) throw new Error(`${what} should be ${wanted}, but is ${found}`)
}

/** Throws unless it holds; `what` says what should. */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The error that the call throws or rejects with, which must be of that class. */
export async function failure<E extends Error>(
  type: abstract new (...args: never[]) => E,
  call: () => unknown,
): Promise<E> {
  try {
    await call()
  } catch (thrown) {
    if (thrown instanceof type) return thrown
    throw new Error(`should fail with ${type.name}, but fails with ${String(thrown)}`, { cause: thrown })
  }
  throw new Error(`should fail with ${type.name}, but does not fail`)
}

/** JSON with the members in alphabetical order, and undefined to be seen. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (member === undefined ? '(undefined)' : sorted(member))) ?? ''
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** All text that is to be found in a value: its members, enumerable or not, and theirs. */
export function textOf(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value === 'function') return ''
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  const texts = Reflect.ownKeys(value).map((key) => {
    const member = Object.getOwnPropertyDescriptor(value, key)
    return `${String(key)} ${textOf(member?.value, seen)}`
  })
  return texts.join(' ')
}
