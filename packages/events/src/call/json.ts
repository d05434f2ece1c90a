import type { Issue } from '../errors/errors.ts'

const deepest = 100
const mostIssues = 20

/**
 * Writes a value as JSON, as `JSON.stringify` would, in one pass that reads every member once. What JSON.stringify would
 * change or lose in silence becomes an issue instead.
 *
 * @param redact cleans what the caller's own code throws, which is told with the issue
 */
export function writeJson(value: unknown, path: string, issues: Issue[], redact = (text: string) => text): string {
  return new Writer(issues, redact).write(value, path, '') ?? 'null'
}

class Writer {
  readonly #issues: Issue[]
  readonly #redact: (text: string) => string
  readonly #ancestors: object[] = []

  constructor(issues: Issue[], redact: (text: string) => string) {
    this.#issues = issues
    this.#redact = redact
  }

  /** @returns the text, or undefined where JSON leaves the member out */
  write(value: unknown, path: string, key: string): string | undefined {
    if (this.#isFull) return 'null'
    try {
      return this.#any(value, path, key)
    } catch (thrown) {
      // A getter, a proxy or a toJSON of the caller's. What it threw may be anything, even something that throws when read.
      return this.#refuse(path, `cannot be read: ${this.#redact(messageOf(thrown))}`)
    }
  }

  #any(value: unknown, path: string, key: string): string | undefined {
    switch (typeof value) {
      case 'string':
        return value.isWellFormed()
          ? JSON.stringify(value)
          : this.#refuse(path, 'has a lone surrogate (half a character)')
      case 'number':
        return Number.isFinite(value)
          ? JSON.stringify(value)
          : this.#refuse(path, `is ${value}, which JSON cannot carry`)
      case 'boolean':
        return String(value)
      case 'undefined':
        return undefined
      case 'object':
        return value === null ? 'null' : this.#object(value, path, key)
      default:
        return this.#refuse(path, `is a ${typeof value}, which JSON cannot carry`)
    }
  }

  /** A toJSON is asked once; what it returns is written as it is. */
  #object(value: object, path: string, key: string): string | undefined {
    const isDate = kindOf(value) === 'Date'
    const toJson: unknown = Reflect.get(value, 'toJSON')
    if (typeof toJson !== 'function') return this.#plain(value, path, key)
    const replacement: unknown = toJson.call(value, key)
    if (isDate && replacement === null) return this.#refuse(path, 'is an invalid Date')
    if (typeof replacement === 'object' && replacement !== null) return this.#plain(replacement, path, key)
    return this.#any(replacement, path, key)
  }

  #plain(value: object, path: string, key: string): string | undefined {
    const kind = kindOf(value)
    if (boxes.has(kind) && !(Symbol.toStringTag in value)) return this.#any(value.valueOf(), path, key)
    if (this.#ancestors.includes(value)) return this.#refuse(path, 'contains itself')
    if (this.#ancestors.length >= deepest) return this.#refuse(path, `is nested deeper than ${deepest} levels`)
    const isList = Array.isArray(value)
    // What can be iterated keeps its content elsewhere than in its members.
    if (!isList && (lossyKinds.has(kind) || Symbol.iterator in value)) {
      return this.#refuse(path, `is a ${kind}, which JSON would empty or change`)
    }
    this.#ancestors.push(value)
    try {
      return isList ? this.#list(value, path) : this.#members(value, path)
    } finally {
      this.#ancestors.pop()
    }
  }

  #list(values: readonly unknown[], path: string): string {
    const texts: string[] = []
    for (let index = 0; index < values.length && !this.#isFull; index++) {
      const at = `${path}[${index}]`
      const text = this.#member(values, String(index), at)
      texts.push(text ?? this.#refuse(at, 'is undefined, which JSON makes null'))
    }
    const last = this.#isFull ? undefined : Object.keys(values).at(-1)
    if (last !== undefined && !(Number(last) < values.length)) {
      this.#refuse(`${path}.${last}`, 'is a named member of a list, which JSON would lose')
    }
    this.#refuseSymbols(values, path)
    return `[${texts.join(',')}]`
  }

  #members(value: object, path: string): string {
    const texts: string[] = []
    for (const key of Object.keys(value)) {
      if (this.#isFull) break
      const at = path === '' ? key : `${path}.${key}`
      if (!key.isWellFormed()) this.#refuse(at, 'has a lone surrogate (half a character) in its name')
      const text = this.#member(value, key, at)
      if (text !== undefined) texts.push(`${JSON.stringify(key)}:${text}`)
    }
    this.#refuseSymbols(value, path)
    return `{${texts.join(',')}}`
  }

  #member(value: object, key: string, path: string): string | undefined {
    let member: unknown
    try {
      member = Reflect.get(value, key, value)
    } catch (thrown) {
      return this.#refuse(path, `cannot be read: ${this.#redact(messageOf(thrown))}`)
    }
    return this.write(member, path, key)
  }

  #refuseSymbols(value: object, path: string): void {
    const isSeen = (symbol: symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)
    if (Object.getOwnPropertySymbols(value).some(isSeen)) {
      this.#refuse(path, 'has a member named by a symbol, which JSON would lose')
    }
  }

  get #isFull(): boolean {
    return this.#issues.length >= mostIssues
  }

  #refuse(path: string, reason: string): string {
    if (!this.#isFull) this.#issues.push({ path, reason })
    return 'null'
  }
}

/** What kind of built-in object it is; `instanceof` would not know those of another realm (a test runner's, a frame's). */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

/** JSON.stringify writes the primitive inside. */
const boxes = new Set(['Number', 'String', 'Boolean'])

/** Objects whose content JSON.stringify does not see. */
const lossyKinds = new Set(
  'WeakMap WeakSet WeakRef Promise RegExp Error ArrayBuffer SharedArrayBuffer DataView Blob File BigInt Symbol'.split(
    ' ',
  ),
)

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'it throws'
  }
}
