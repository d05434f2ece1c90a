import { visible } from '@obsidianlaunch/page/text'

/** One line of JSON set in lines. */
export interface JsonLine {
  readonly depth: number
  /** The names and indexes that lead here, with dots between, as violations write them. */
  readonly path: string
  /** The name with its quotes; undefined in lists and at the top. */
  readonly name: string | undefined
  readonly kind: 'open' | 'close' | 'string' | 'number' | 'word'
  /** Strings are written anew, so that escapes become characters; numbers stay as they were sent, to the last digit. */
  readonly text: string
  readonly comma: boolean
}

type Draft = { -readonly [Key in keyof JsonLine]: JsonLine[Key] }
interface Level {
  path: string
  isList: boolean
  /** Index of the next item of a list. */
  next: number
}

/** Sets JSON in lines, duplicate names and all; undefined if it is not JSON. */
export function jsonLines(source: string): JsonLine[] | undefined {
  try {
    JSON.parse(source)
  } catch {
    return undefined
  }
  const setter = new LineSetter()
  for (const token of tokens(source)) setter.take(token)
  return setter.lines
}

/** Sets one token of JSON after the other. */
class LineSetter {
  readonly lines: Draft[] = []
  readonly #levels: Level[] = []
  /** Name of the next value in an object, as it is written. */
  #name: string | undefined

  take(token: string): void {
    if (token === ':') return
    const last = this.lines.at(-1)
    if (token === ',') {
      if (last !== undefined) last.comma = true
    } else if (token === '{' || token === '[') this.#open(token)
    else if (token === '}' || token === ']') this.#close(token, last)
    else if (this.#levels.at(-1)?.isList === false && this.#name === undefined) this.#name = token
    else this.#value(token)
  }

  #open(token: '{' | '['): void {
    const place = this.#place()
    this.lines.push({ ...place, kind: 'open', text: token, comma: false })
    this.#levels.push({ path: place.path, isList: token === '[', next: 0 })
    this.#name = undefined
  }

  /** Ends an object or a list; an empty one stays in the line in which it opens. */
  #close(token: '}' | ']', last: Draft | undefined): void {
    const { path } = this.#levels.pop() ?? { path: '' }
    const depth = this.#levels.length
    if (last?.kind === 'open' && last.path === path && last.depth === depth) {
      last.text += token
      last.kind = 'word'
    } else this.lines.push({ depth, path, name: undefined, kind: 'close', text: token, comma: false })
    this.#name = undefined
  }

  #value(token: string): void {
    const text = token.startsWith('"') ? written(token) : token
    this.lines.push({ ...this.#place(), kind: kindOf(token), text, comma: false })
    this.#name = undefined
  }

  #place(): Pick<JsonLine, 'depth' | 'path' | 'name'> {
    const level = this.#levels.at(-1)
    if (level === undefined) return { depth: 0, path: '', name: undefined }
    const name = this.#name ?? '""'
    const last = level.isList ? String(level.next++) : (JSON.parse(name) as string)
    const path = level.path === '' ? last : `${level.path}.${last}`
    return { depth: this.#levels.length, path, name: level.isList ? undefined : written(name) }
  }
}

function kindOf(token: string): JsonLine['kind'] {
  if (token.startsWith('"')) return 'string'
  return /^[-\d]/.test(token) ? 'number' : 'word'
}

function written(token: string): string {
  return visible(JSON.stringify(JSON.parse(token)))
}

/** The tokens of a text that is known to be JSON. Strings are walked by hand: no pattern copes with a megabyte of them. */
function* tokens(source: string): Generator<string> {
  const other = /[^\s{}[\]:,"]+/y
  for (let at = 0; at < source.length;) {
    const character = source[at] ?? ''
    if (/\s/.test(character)) {
      at += 1
      continue
    }
    let end = at + 1
    if (character === '"') {
      while (source[end] !== '"') end += source[end] === '\\' ? 2 : 1
      end += 1
    } else if (!'{}[]:,'.includes(character)) {
      other.lastIndex = at
      end = at + (other.exec(source)?.[0].length ?? 1)
    }
    yield source.slice(at, end)
    at = end
  }
}

/** The same JSON without spaces between its parts, to the last digit as it was sent. */
export function compact(source: string): string {
  return [...tokens(source)].join('')
}
