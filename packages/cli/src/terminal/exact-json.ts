import { randomUUID } from 'node:crypto'

/** Number of JSON that JavaScript would round, or make Infinity or zero of, with its digits. */
export class LongNumber {
  readonly #digits: string

  constructor(digits: string) {
    this.#digits = digits
  }

  get digits(): string {
    return this.#digits
  }

  /** The reason why it cannot be sent as a number. */
  get problem(): string {
    const change = Number.isFinite(Number(this.#digits)) ? 'would be rounded' : 'is too large for a number'
    return `${this.#digits.slice(0, 40)} ${change}: write it as text, in quotes`
  }
}

/** Value of a JSON text, or the reason why it would not go out as it stands there. */
export type ExactJson = { value: unknown; problem?: undefined } | { value?: undefined; problem: string }

/** Depth beyond which names are not counted by recursion: the SDK refuses what is deeper than 100 levels. */
const deepest = 200
/** Only such numbers can change: of 16 digits or more, or with an exponent of three. */
const mayChange = /[\d.]{16}|\d[eE][+-]?\d{3}/
/** The strings, which may hold any digits, and the numbers. A string that does not end takes all that is left. */
const stringOrNumber = /"[^"\\]*(?:\\[^][^"\\]*)*"?|-?\d[\d.eE+-]*/g
const stringOrSign = /"[^"\\]*(?:\\[^][^"\\]*)*"?|[{}[\]:]/g

/** Reads JSON that is to be sent on: what JSON.parse would round, overflow or drop in silence is a problem. */
export function exactJson(text: string): ExactJson {
  const { value, longNumber, problem } = jsonWithLongNumbers(text)
  if (problem !== undefined) return { problem }
  return longNumber === undefined ? { value } : { problem: longNumber.problem }
}

/** Reads JSON of which perhaps not all is sent on: a number that would change is a `LongNumber`, of which the first is told. */
export function jsonWithLongNumbers(text: string): ExactJson & { longNumber?: LongNumber } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: `is not JSON: ${causeOf(error as Error)}` }
  }
  const number = changedNumber(text)
  if (number !== undefined) value = parseKeeping(text)
  const name = repeatedName(text, value)
  if (name !== undefined)
    return { problem: `${JSON.stringify(name).slice(0, 80)} is there twice: leave one of the two out` }
  return number === undefined ? { value } : { value, longNumber: new LongNumber(number) }
}

/** Begins the text that stands for a long number while it is parsed; no file can have it. */
const mark = randomUUID()

/** Parses JSON with a `LongNumber` in place of each number that would change. */
function parseKeeping(text: string): unknown {
  const marked = text.replaceAll(stringOrNumber, (token) => (isChanged(token) ? `"${mark}${token}"` : token))
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? new LongNumber(value.slice(mark.length)) : value,
  )
}

/** A number of a JSON text that would not be sent with the digits that it has; undefined where there is none. */
function changedNumber(text: string): string | undefined {
  if (!mayChange.test(text)) return undefined
  return text.match(stringOrNumber)?.find(isChanged)
}

/** True of a number that would change, not of a string. */
function isChanged(token: string): boolean {
  return !token.startsWith('"') && !isExact(token)
}

/**
 * True if a number of JSON keeps its value. A whole number has to be written again with the same digits, since others read it
 * with all of them; one with a fraction has to be known by its double, as 0.10000000000000001 is.
 */
export function isExact(token: string): boolean {
  const value = Number(token)
  const digits = digitsOf(token)
  if (digits === '') return true
  if (!Number.isFinite(value) || value === 0 || digits.length > 100) return false
  return digits === digitsOf(/[.eE]/.test(token) ? value.toExponential(digits.length - 1) : String(value))
}

/** The significant digits of a number. */
function digitsOf(token: string): string {
  const [mantissa = ''] = token.split(/[eE]/)
  return mantissa.replaceAll(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '')
}

/** A name that one object of a JSON text has twice. As many names in the text as in its value mean that there is none. */
function repeatedName(text: string, value: unknown): string | undefined {
  const names = namesIn(value, 0)
  if (countOf(text, ':') === names || text.match(/"\s*:/g)?.length === names) return undefined
  const open: (Set<string> | undefined)[] = []
  let last = ''
  for (const token of text.match(stringOrSign) ?? []) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === ':') {
      const name = JSON.parse(last) as string
      if (open.at(-1)?.has(name)) return name
      open.at(-1)?.add(name)
    } else if (token === '}' || token === ']') open.pop()
    else last = token
  }
  return undefined
}

function namesIn(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > deepest) return NaN
  let names = 0
  if (Array.isArray(value)) for (const item of value as unknown[]) names += namesIn(item, depth + 1)
  else for (const name in value) names += 1 + namesIn((value as Record<string, unknown>)[name], depth + 1)
  return names
}

function countOf(text: string, sign: string): number {
  let count = 0
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) count++
  return count
}

function causeOf({ message }: Error): string {
  if (/unexpected end|unterminated/i.test(message)) return 'it ends too early. Write the rest of it, or take it out'
  // The parser counts lines within this text.
  return message.replace(/ \(line \d+ column \d+\)$/, '')
}
