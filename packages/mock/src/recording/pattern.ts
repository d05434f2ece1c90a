import { inspect, isDeepStrictEqual } from 'node:util'
import type { AnyExchange, Exchange, GoodExchange } from './exchange.ts'

/** A matcher such as `expect.any(String)` or `expect.stringContaining('plan')`. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean
}

/** Part of a value: what is not named may be anything, and a text may be given as a RegExp. */
export type PartOf<T> =
  | AsymmetricMatcher
  | (T extends string
      ? T | RegExp
      : T extends readonly (infer Item)[]
        ? readonly PartOf<Item>[]
        : T extends object
          ? { readonly [Key in keyof T]?: PartOf<T[Key]> }
          : T)

type Named = 'id' | 'method' | 'path' | 'headers' | 'text' | 'valid' | 'status' | 'fault'
type Rest = { readonly [Key in Named]?: PartOf<AnyExchange[Key]> }

/** Part of an exchange; the operation decides what the body looks like. */
export type Pattern<B> =
  | (Rest & { readonly operation?: undefined; readonly body?: unknown })
  | { [Id in keyof B & string]: Rest & { readonly operation: Id; readonly body?: PartOf<B[Id]> } }[keyof B & string]

/** Exchange that a pattern finds: with `operation` and `valid: true` in it, the body is typed. */
export type Found<B, P> = P extends { readonly operation: infer Id; readonly valid: true }
  ? Extract<GoodExchange<B>, { readonly operation: Id }>
  : Exchange<B>

/** Differences between a value and a pattern. */
export interface Comparison {
  /** In words, one for each field. */
  differences: string[]
  /** Number of fields that match. */
  matched: number
}

export function isLike(pattern: unknown, value: unknown): boolean {
  return compare(pattern, value).differences.length === 0
}

export function compare(pattern: unknown, value: unknown, path = ''): Comparison {
  if (isObject(pattern) && !isLeaf(pattern) && isObject(value) && Array.isArray(pattern) === Array.isArray(value)) {
    return compareFields(pattern, value, path)
  }
  if (isMatch(pattern, value)) return { differences: [], matched: 1 }
  const place = path === '' ? 'it' : path
  const difference = value === undefined ? `${place} is missing` : `${place} is ${brief(value)}`
  return { differences: [`${difference}, not ${brief(pattern)}`], matched: 0 }
}

function compareFields(pattern: Fields, value: Fields, path: string): Comparison {
  const result: Comparison = { differences: [], matched: 0 }
  if (Array.isArray(pattern) && Array.isArray(value) && pattern.length !== value.length) {
    result.differences.push(`${path || 'it'} has ${value.length} items, not ${pattern.length}`)
  }
  for (const [key, wanted] of Object.entries(pattern)) {
    if (wanted === undefined) continue
    const { differences, matched } = compare(wanted, value[key], path === '' ? key : `${path}.${key}`)
    result.differences.push(...differences)
    result.matched += matched
  }
  return result
}

/** The value with what the pattern wanted instead of what is wrong: a diff of the two shows only that. */
export function corrected(pattern: unknown, value: unknown): unknown {
  if (!isObject(pattern) || isLeaf(pattern) || !isObject(value)) return isMatch(pattern, value) ? value : pattern
  if (Array.isArray(pattern)) return pattern.map((item, at) => corrected(item, value[at]))
  const wanted = Object.entries(pattern).filter(([, part]) => part !== undefined)
  return { ...value, ...Object.fromEntries(wanted.map(([key, part]) => [key, corrected(part, value[key])])) }
}

type Fields = Record<string, unknown>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isLeaf(pattern: object): boolean {
  return pattern instanceof RegExp || isAsymmetric(pattern)
}

function isAsymmetric(pattern: unknown): pattern is AsymmetricMatcher {
  return isObject(pattern) && typeof pattern['asymmetricMatch'] === 'function'
}

function isMatch(pattern: unknown, value: unknown): boolean {
  if (isAsymmetric(pattern)) return pattern.asymmetricMatch(value)
  if (pattern instanceof RegExp) return typeof value === 'string' && value.search(pattern) !== -1
  return isDeepStrictEqual(pattern, value)
}

/** Describes a value in one short line. */
export function brief(value: unknown): string {
  const named = value as { toAsymmetricMatcher?: () => string }
  if (isAsymmetric(value) && typeof named.toAsymmetricMatcher === 'function') return named.toAsymmetricMatcher()
  const text = inspect(value, { breakLength: Infinity, depth: 6, maxStringLength: 100, maxArrayLength: 10 })
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
