/** Objects between a value and the end of its prototypes; a proxy may say that there is no end. */
const mostPrototypes = 20

/** Takes the place of values that JSON cannot carry, as an expression with `it`. */
const instead: Record<string, string> = {
  Map: 'Object.fromEntries(it)',
  Set: 'a list, [...it]',
  Promise: 'what it resolves to: await it first',
  Error: 'its text, it.message',
  RegExp: 'its text, String(it)',
}

/** Tells whether a reader finds members in an object, hidden or by its class, and JSON none: a Response, fields that are getters. */
export function isEmptied(value: object): boolean {
  if (Object.keys(value).length > 0) return false
  if (Object.getOwnPropertyNames(value).length > 0) return true
  let holder = Reflect.getPrototypeOf(value)
  for (let depth = 0; holder !== null && depth < mostPrototypes && !isRoot(holder); depth++) {
    if (Reflect.ownKeys(holder).some((name) => name !== 'constructor')) return true
    holder = Reflect.getPrototypeOf(holder)
  }
  return false
}

/** Tells Object.prototype, of any realm: what all objects have is no object's data. */
function isRoot(holder: object): boolean {
  return Reflect.getPrototypeOf(holder) === null && Object.hasOwn(holder, 'hasOwnProperty')
}

/** The fault of what JSON would empty, and what to pass. */
export function emptiedReason(value: object): string {
  const kind = kindOf(value)
  return `is an instance of ${kind}, which JSON would empty or change: pass ${instead[kind] ?? 'a plain object with what you need of it'}`
}

/** The name of a built-in object's kind, else of its class. */
function kindOf(value: { constructor?: { name?: unknown } }): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const name = tag === 'Object' ? value.constructor?.name : tag
  return typeof name === 'string' ? name : tag
}
