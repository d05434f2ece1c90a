import { inspect } from 'node:util'

/** All texts that code or a log can get to see of a value: as inspect and JSON show it, and by every key of its own. */
export function exposed(value: unknown): string[] {
  const options = { depth: Infinity, showHidden: true, showProxy: true, getters: true } as const
  const shown = inspect(value, { ...options, maxArrayLength: null, maxStringLength: null })
  return [shown, inspect(value), JSON.stringify(value) ?? '', ...texts(value, new Set())]
}

/** The texts below a value, whether or not they can be enumerated, and those behind the getters of its class. */
function texts(value: unknown, seen: Set<unknown>): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'symbol') return [String(value)]
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return []
  seen.add(value)
  const inside = value instanceof Map || value instanceof Set ? [...value].flat() : []
  return [...inside, ...membersOf(value)].flatMap((member) => texts(member, seen))
}

function membersOf(value: object): unknown[] {
  const members: unknown[] = []
  for (
    let holder: object | null = value;
    holder !== null && !isBuiltIn(holder);
    holder = Object.getPrototypeOf(holder)
  ) {
    for (const key of Reflect.ownKeys(holder)) {
      members.push(key, read(value, holder, key))
    }
  }
  return members
}

/** As the object itself would be read; undefined for a getter that is met on its class and wants an instance. */
function read(value: object, holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key, value)
  } catch {
    return undefined
  }
}

/** Tells whether an object is the platform's own: it holds nothing of anybody's, and some of it may not be read. */
function isBuiltIn(holder: object): boolean {
  const { constructor } = holder
  return Object.hasOwn(holder, 'constructor') && /\[native code\]/.test(Function.prototype.toString.call(constructor))
}
