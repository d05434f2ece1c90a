import { visible } from './text.ts'

/** One line of JSON set in lines. */
export interface JsonLine {
  readonly depth: number
  /** The names and indexes that lead here, with dots between, as violations write them. */
  readonly path: string
  /** With its quotes; undefined in lists and at the top. */
  readonly name: string | undefined
  readonly kind: 'open' | 'close' | 'string' | 'number' | 'word'
  /** Strings are written anew, so that escapes become characters; numbers stay as they were sent, to the last digit. */
  readonly text: string
  readonly comma: boolean
}

type Draft = { -readonly [Key in keyof JsonLine]: JsonLine[Key] }
interface Level {
  path: string
  list: boolean
  next: number
}

/** Sets JSON in lines, duplicate names and all; undefined where it is not JSON. */
export function jsonLines(source: string): JsonLine[] | undefined {
  try {
    JSON.parse(source)
  } catch {
    return undefined
  }
  const lines: Draft[] = []
  const levels: Level[] = []
  let name: string | undefined
  const place = () => {
    const level = levels.at(-1)
    if (level === undefined) return { depth: 0, path: '', name: undefined }
    const last = level.list ? String(level.next++) : (JSON.parse(name ?? '""') as string)
    return {
      depth: levels.length,
      path: level.path === '' ? last : `${level.path}.${last}`,
      name: level.list ? undefined : written(name ?? '""'),
    }
  }
  for (const token of tokens(source)) {
    const previous = lines.at(-1)
    if (token === ':') continue
    if (token === ',') {
      if (previous) previous.comma = true
    } else if (token === '{' || token === '[') {
      const here = place()
      lines.push({ ...here, kind: 'open', text: token, comma: false })
      levels.push({ path: here.path, list: token === '[', next: 0 })
      name = undefined
    } else if (token === '}' || token === ']') {
      const { path } = levels.pop() ?? { path: '' }
      if (previous?.kind === 'open' && previous.path === path && previous.depth === levels.length) {
        previous.text += token
        previous.kind = 'word'
      } else lines.push({ depth: levels.length, path, name: undefined, kind: 'close', text: token, comma: false })
      name = undefined
    } else if (levels.at(-1)?.list === false && name === undefined) name = token
    else {
      lines.push({
        ...place(),
        kind: kindOf(token),
        text: token.startsWith('"') ? written(token) : token,
        comma: false,
      })
      name = undefined
    }
  }
  return lines
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
