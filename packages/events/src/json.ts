import type { Issue } from './errors.ts'

const deepest = 100
const mostIssues = 20

/**
 * Writes a value as JSON, as `JSON.stringify` would, in one pass that reads every member once. What JSON.stringify would
 * change or lose in silence becomes an issue instead.
 */
export function writeJson(value: unknown, path: string, issues: Issue[]): string {
  return new Writer(issues).write(value, path, '') ?? 'null'
}

class Writer {
  readonly #issues: Issue[]
  readonly #ancestors: object[] = []

  constructor(issues: Issue[]) {
    this.#issues = issues
  }

  /** @returns the text, or undefined where JSON leaves the member out */
  write(value: unknown, path: string, key: string): string | undefined {
    if (this.#issues.length >= mostIssues) return 'null'
    try {
      return this.#any(value, path, key)
    } catch (thrown) {
      // A getter, a proxy or a toJSON of the caller's. What it threw may be anything, even something that throws when read.
      return this.#refuse(path, `cannot be read: ${messageOf(thrown)}`)
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

  #object(value: object, path: string, key: string): string | undefined {
    if (this.#ancestors.includes(value)) return this.#refuse(path, 'contains itself')
    if (this.#ancestors.length >= deepest) return this.#refuse(path, `is nested deeper than ${deepest} levels`)
    this.#ancestors.push(value)
    try {
      const own = 'toJSON' in value && typeof value.toJSON === 'function'
      if (own) return this.#replaced(value as { toJSON(key: string): unknown }, path, key)
      if (Array.isArray(value)) return this.#list(value, path)
      const kind = kindOf(value)
      if (boxes.has(kind)) return this.write(value.valueOf(), path, key)
      const lossy = ArrayBuffer.isView(value) || lossyKinds.has(kind) ? kind : undefined
      return lossy ? this.#refuse(path, `is a ${lossy}, which JSON would empty or change`) : this.#members(value, path)
    } finally {
      this.#ancestors.pop()
    }
  }

  #replaced(value: { toJSON(key: string): unknown }, path: string, key: string): string | undefined {
    if (value instanceof Date && Number.isNaN(value.getTime())) return this.#refuse(path, 'is an invalid Date')
    const replacement = value.toJSON(key)
    if (replacement === value) return this.#members(value, path)
    return this.write(replacement, path, key)
  }

  #list(values: readonly unknown[], path: string): string {
    const texts: string[] = []
    for (let index = 0; index < values.length; index++) {
      const at = `${path}[${index}]`
      texts.push(
        this.write(values[index], at, String(index)) ?? this.#refuse(at, 'is undefined, which JSON makes null'),
      )
    }
    return `[${texts.join(',')}]`
  }

  #members(value: object, path: string): string {
    const texts: string[] = []
    for (const key of Object.keys(value)) {
      const at = path === '' ? key : `${path}.${key}`
      if (!key.isWellFormed()) this.#refuse(at, 'has a lone surrogate (half a character) in its name')
      const text = this.#member(value, key, at)
      if (text !== undefined) texts.push(`${JSON.stringify(key)}:${text}`)
    }
    if (
      Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
    ) {
      this.#refuse(path, 'has a member named by a symbol, which JSON would lose')
    }
    return `{${texts.join(',')}}`
  }

  #member(value: object, key: string, path: string): string | undefined {
    let member: unknown
    try {
      member = Reflect.get(value, key, value)
    } catch (thrown) {
      return this.#refuse(path, `cannot be read: ${messageOf(thrown)}`)
    }
    return this.write(member, path, key)
  }

  #refuse(path: string, reason: string): string {
    this.#issues.push({ path, reason })
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
  'Map Set WeakMap WeakSet Promise RegExp Error ArrayBuffer SharedArrayBuffer BigInt Symbol'.split(' '),
)

function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'it throws'
  }
}
