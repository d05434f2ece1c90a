import type { Issue } from '../errors/errors.ts'

const deepest = 100
const mostIssues = 20

/**
 * Writes a value as JSON, as `JSON.stringify` would, in one pass that reads every member once. What JSON.stringify would
 * change or lose in silence becomes an issue instead.
 */
export class JsonWriter {
  readonly #issues: Issue[]
  readonly #redact: (text: string) => string
  /** The path of the value that is written first. */
  readonly #root: string
  /** The objects around the value that is written now, and the names or indexes that lead to it. */
  readonly #ancestors: object[] = []
  readonly #keys: (string | number)[] = []
  /** True once a member of the first value was written as what it says of itself, which need not be an object. */
  hasReplacedMember = false

  /** @param redact cleans what the caller's own code throws, which is told with the issue */
  constructor(issues: Issue[], root: string, redact: (text: string) => string) {
    this.#issues = issues
    this.#root = root
    this.#redact = redact
  }

  /** @returns the text; of no use if there are issues */
  write(value: unknown): string {
    return this.#member({ '': value }, '') ?? 'null'
  }

  /** @returns the text, or undefined where JSON leaves the member out */
  #member(holder: object, key: string | number): string | undefined {
    const depth = this.#ancestors.length
    try {
      return this.#any((holder as Record<string | number, unknown>)[key], key)
    } catch (thrown) {
      // A getter, a proxy or a toJSON of the caller's. What it threw may be anything, even something that throws when read.
      this.#ancestors.length = depth
      return this.#refuse(`cannot be read: ${this.#redact(messageOf(thrown))}`)
    }
  }

  #any(value: unknown, key: string | number): string | undefined {
    switch (typeof value) {
      case 'string':
        return value.isWellFormed() ? JSON.stringify(value) : this.#refuse(loneSurrogate)
      case 'number':
        return Number.isFinite(value) ? String(value) : this.#refuse(`is ${value}, which JSON cannot carry`)
      case 'boolean':
        return String(value)
      case 'undefined':
        return undefined
      case 'object':
        return value === null ? 'null' : this.#object(value, key)
      default:
        return this.#refuse(`is a ${typeof value}, which JSON cannot carry`)
    }
  }

  /** A toJSON is asked once; what it returns is written as it is. */
  #object(value: object, key: string | number): string | undefined {
    const tag = tagOf(value)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON !== 'function') return this.#plain(value, tag)
    this.#noteReplaced()
    const replacement: unknown = toJSON.call(value, String(key))
    if (typeof replacement === 'object' && replacement !== null) return this.#plain(replacement, tagOf(replacement))
    return tag === '[object Date]' && replacement === null
      ? this.#refuse('is an invalid Date')
      : this.#any(replacement, key)
  }

  #plain(value: object, tag: string): string | undefined {
    if (boxes.has(tag) && !(Symbol.toStringTag in value)) {
      this.#noteReplaced()
      return this.#any(value.valueOf(), '')
    }
    if (this.#ancestors.includes(value)) return this.#refuse('contains itself')
    if (this.#ancestors.length >= deepest) return this.#refuse(`is nested deeper than ${deepest} levels`)
    const isList = Array.isArray(value)
    // What can be iterated keeps its content elsewhere than in its members.
    if (!isList && (lossy.has(tag) || Symbol.iterator in value)) {
      return this.#refuse(`is a ${tag.slice('[object '.length, -1)}, which JSON would empty or change`)
    }
    this.#ancestors.push(value)
    const text = isList ? this.#list(value) : this.#members(value)
    this.#refuseSymbols(value)
    this.#ancestors.pop()
    return text
  }

  #list(values: readonly unknown[]): string {
    let text = ''
    for (let index = 0; index < values.length && !this.#isFull; index++) {
      this.#keys.push(index)
      const item = this.#member(values, index) ?? this.#refuse('is undefined, which JSON makes null')
      text += index === 0 ? item : `,${item}`
      this.#keys.pop()
    }
    const last = this.#isFull ? undefined : Object.keys(values).at(-1)
    if (last !== undefined && !(Number(last) < values.length)) {
      this.#keys.push(last)
      this.#refuse('is a named member of a list, which JSON would lose')
      this.#keys.pop()
    }
    return `[${text}]`
  }

  #members(value: object): string {
    let text = ''
    for (const key of Object.keys(value)) {
      if (this.#isFull) break
      this.#keys.push(key)
      if (!key.isWellFormed()) this.#refuse(`${loneSurrogate} in its name`)
      const member = this.#member(value, key)
      if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member}`
      this.#keys.pop()
    }
    return `{${text}}`
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

  #refuse(reason: string): string {
    if (!this.#isFull) this.#issues.push({ path: this.#path(), reason })
    return 'null'
  }

  #path(): string {
    return this.#keys.reduce<string>((path, key) => {
      if (typeof key === 'number') return `${path}[${key}]`
      return path === '' ? key : `${path}.${key}`
    }, this.#root)
  }
}

const loneSurrogate = 'has a lone surrogate (half a character)'

/** Names the kind of a built-in object; `instanceof` would not know those of another realm (a test runner's, a frame's). */
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

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'it throws'
  }
}
