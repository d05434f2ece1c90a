import type { Operation } from '../prism/engine.ts'

/** Destination of a request: an operation, a path that takes other methods, or none. */
export type Route = { operation: Operation } | { allow: string[] } | undefined

/** Finds the operation for a method and a path without its query. Of several paths that match, the most literal one wins. */
export function route(operations: readonly Operation[], method: string, path: string): Route {
  const given = path.split('/').map(decoded)
  const here = operations
    .filter((operation) => matches(operation.path, given))
    .toSorted((one, other) => parameters(one) - parameters(other) || literals(other) - literals(one))
  const operation = here.find((candidate) => candidate.method === method)
  if (operation !== undefined) return { operation }
  return here.length > 0 ? { allow: [...new Set(here.map((candidate) => candidate.method))] } : undefined
}

/** Tells a path that has an escape which stands for nothing, such as `%zz`. */
export function hasBrokenEscape(path: string): boolean {
  return path.split('/').some((part) => decodeOrNothing(part) === undefined)
}

function matches(template: string, given: readonly string[]): boolean {
  const wanted = template.split('/').map(decoded)
  return wanted.length === given.length && wanted.every((part, at) => partMatcher(part).test(given[at] ?? ''))
}

/** Spells a path as its template does, whose literal parts Prism compares letter by letter: an escape in them is undone. */
export function spelledLike(template: string, path: string): string {
  const given = path.split('/')
  const wanted = template.split('/')
  if (wanted.every((part, at) => partMatcher(part).test(given[at] ?? ''))) return path
  return wanted.map((part, at) => filledIn(part, decoded(given[at] ?? ''))).join('/')
}

function filledIn(part: string, given: string): string {
  const [, ...values] = partMatcher(decoded(part)).exec(given) ?? []
  return part.replaceAll(parameter, () => encodeURIComponent(values.shift() ?? ''))
}

const parameter = /\{[^{}]+\}/g
const matchers = new Map<string, RegExp>()

/** Makes the test for one part of a template, of which parameters may be a part only: `{name}.json`, `{id}:activate`. */
function partMatcher(part: string): RegExp {
  const known = matchers.get(part)
  if (known !== undefined) return known
  const literalParts = part.split(parameter).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  const made = new RegExp(`^${literalParts.join('(.*)')}$`, 's')
  matchers.set(part, made)
  return made
}

function parameters({ path }: Operation): number {
  return path.match(parameter)?.length ?? 0
}

function literals({ path }: Operation): number {
  return path.replaceAll(parameter, '').length
}

function decoded(part: string): string {
  return decodeOrNothing(part) ?? part
}

function decodeOrNothing(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
