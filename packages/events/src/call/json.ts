import type { Issue } from '../errors/errors.ts'

const deepest = 100
const mostIssues = 20

/**
 * Copies a value into one that `JSON.stringify` writes as it would write the value itself, in one pass that reads every
 * member once. What JSON.stringify would change or lose in silence becomes an issue instead.
 */
export class JsonCopier {
  readonly #issues: Issue[]
  readonly #redact: (text: string) => string
  /** The path of the value that is copied. */
  readonly #root: string
  /** The objects around the value that is read now, and the names or indexes that lead to it. */
  readonly #ancestors: object[] = []
  readonly #keys: (string | number)[] = []
  /** True once a member of the value was replaced by what it says of itself, which need not be an object. */
  hasReplacedMember = false

  /** @param redact cleans what the caller's own code throws, which is told with the issue */
  constructor(issues: Issue[], root: string, redact: (text: string) => string) {
    this.#issues = issues
    this.#root = root
    this.#redact = redact
  }

  /** @returns the copy; of no use if there are issues */
  copy(value: unknown): unknown {
    return this.#member({ '': value }, '')
  }

  /** @returns undefined where JSON leaves the member out */
  #member(holder: object, key: string | number): unknown {
    const depth = this.#ancestors.length
    try {
      return this.#any((holder as Record<string | number, unknown>)[key], key)
    } catch (thrown) {
      // A getter, a proxy or a toJSON of the caller's. What it threw may be anything, even something that throws when read.
      this.#ancestors.length = depth
      return this.#refuse(`cannot be read: ${this.#redact(messageOf(thrown))}`)
    }
  }

  #any(value: unknown, key: string | number): unknown {
    switch (typeof value) {
      case 'string':
        return value.isWellFormed() ? value : this.#refuse(loneSurrogate)
      case 'number':
        return Number.isFinite(value) ? value : this.#refuse(`is ${value}, which JSON cannot carry`)
      case 'boolean':
      case 'undefined':
        return value
      case 'object':
        return value === null ? null : this.#object(value, key)
      default:
        return this.#refuse(`is a ${typeof value}, which JSON cannot carry`)
    }
  }

  /** A toJSON is asked once; what it returns is copied as it is. */
  #object(value: object, key: string | number): unknown {
    const tag = tagOf(value)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON !== 'function') return this.#plain(value, tag)
    this.#noteReplaced()
    const replacement: unknown = toJSON.call(value, String(key))
    if (typeof replacement === 'object' && replacement !== null) return this.#plain(replacement, tagOf(replacement))
    return replacement === null && isInvalidDate(value)
      ? this.#refuse('is an invalid date')
      : this.#any(replacement, key)
  }

  #plain(value: object, tag: string): unknown {
    if (boxes.has(tag) && !(Symbol.toStringTag in value)) {
      this.#noteReplaced()
      return this.#any(value.valueOf(), '')
    }
    if (this.#ancestors.includes(value)) return this.#refuse('contains itself')
    if (this.#ancestors.length >= deepest) return this.#refuse(`is nested deeper than ${deepest} levels`)
    const isList = Array.isArray(value)
    // What can be iterated keeps its content elsewhere than in its members.
    if (!isList && (lossy.has(tag) || Symbol.iterator in value || isEmptied(value))) {
      return this.#refuse(emptiedReason(value))
    }
    this.#ancestors.push(value)
    const copy = isList ? this.#list(value) : this.#members(value)
    this.#refuseSymbols(value)
    this.#ancestors.pop()
    return copy
  }

  #list(values: readonly unknown[]): unknown[] {
    const copy: unknown[] = []
    for (let index = 0; index < values.length && !this.#isFull; index++) {
      this.#keys.push(index)
      const item = this.#member(values, index)
      copy.push(item === undefined ? this.#refuse('is undefined, which JSON makes null') : item)
      this.#keys.pop()
    }
    const last = this.#isFull ? undefined : Object.keys(values).at(-1)
    if (last !== undefined && !(Number(last) < values.length)) {
      this.#keys.push(last)
      this.#refuse('is a named member of a list, which JSON would lose')
      this.#keys.pop()
    }
    return copy
  }

  #members(value: object): object {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      if (this.#isFull) break
      this.#keys.push(key)
      if (!key.isWellFormed()) this.#refuse(`${loneSurrogate} in its name`)
      const member = this.#member(value, key)
      if (key === '__proto__') Object.defineProperty(copy, key, { value: member, enumerable: true })
      else if (member !== undefined) copy[key] = member
      this.#keys.pop()
    }
    return copy
  }

  #refuseSymbols(value: object): void {
    const symbols = Object.getOwnPropertySymbols(value)
    if (symbols.length === 0) return
    if (symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))) {
      this.#refuse('has a member named by a symbol, which JSON would lose')
    }
  }

  #noteReplaced(): void {
    if (this.#ancestors.length <= 1) this.hasReplacedMember = true
  }

  get #isFull(): boolean {
    return this.#issues.length >= mostIssues
  }

  #refuse(reason: string): null {
    if (!this.#isFull) this.#issues.push({ path: this.#path(), reason })
    return null
  }

  #path(): string {
    return this.#keys.reduce<string>((path, key) => {
      if (typeof key === 'number') return `${path}[${key}]`
      return path === '' ? key : `${path}.${key}`
    }, this.#root)
  }
}

const loneSurrogate = 'has a lone surrogate (half a character)'

/** Names the kind of a built-in object, also of another realm (a test runner's, a frame's), unlike `instanceof`. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}

/** JSON.stringify writes the primitive inside. */
const boxes = new Set(['[object Number]', '[object String]', '[object Boolean]'])

/** Objects whose content JSON.stringify does not see. */
const lossy = new Set(
  'WeakMap WeakSet WeakRef Promise RegExp Error ArrayBuffer SharedArrayBuffer DataView Blob File BigInt Symbol'
    .split(' ')
    .map((kind) => `[object ${kind}]`),
)

/** Tells a date that is none, be it a Date or one of luxon, moment or dayjs: as a number they all are NaN. */
function isInvalidDate(value: { valueOf?: unknown }): boolean {
  return typeof value.valueOf === 'function' && Number.isNaN(value.valueOf())
}

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'it throws'
  }
}

/** Objects between a value and the end of its prototypes; a proxy may say that there is no end. */
const mostPrototypes = 20

/** Takes the place of values that JSON cannot carry, as an expression with `it`. */
const instead = new Map([
  ['Map', 'Object.fromEntries(it)'],
  ['Set', 'a list, [...it]'],
  ['Promise', 'what it resolves to: await it first'],
  ['Error', 'its text, it.message'],
  ['RegExp', 'its text, String(it)'],
])

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
  return `is an instance of ${kind}, which JSON would empty or change: pass ${instead.get(kind) ?? 'a plain object with what you need of it'}`
}

/** The name of a built-in object's kind, else of its class. */
function kindOf(value: { constructor?: { name?: unknown } }): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const name = tag === 'Object' ? value.constructor?.name : tag
  return typeof name === 'string' ? name : tag
}
