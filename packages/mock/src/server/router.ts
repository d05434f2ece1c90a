import type { Operation } from '../prism/engine.ts'

/** Destination of a request: an operation, a path that takes other methods, or none. */
export type Route = { operation: Operation } | { allow: string[] } | undefined

/** Finds the operation for a method and a path without its query. Of several paths that match, the most literal one wins. */
export function route(operations: readonly Operation[], method: string, path: string): Route {
  const given = path.split('/').map(decoded)
  const here = operations.filter((operation) => matches(templateOf(operation), given)).toSorted(literalFirst)
  const operation = here.find((candidate) => candidate.method === method)
  if (operation !== undefined) return { operation }
  return here.length > 0 ? { allow: [...new Set(here.map((candidate) => candidate.method))] } : undefined
}

/** Tells a path that has an escape which stands for nothing, such as `%zz`. */
export function hasBrokenEscape(path: string): boolean {
  return path.split('/').some((part) => decodeOrNothing(part) === undefined)
}

/** Spells a path as its template does, whose literal parts Prism compares letter by letter: an escape in them is undone. */
export function spelledLike(operation: Operation, path: string): string {
  const template = templateOf(operation)
  const given = path.split('/')
  if (template.parts.some(({ text }) => text.includes('%')) || !matches(template, given)) {
    return template.parts.map((part, at) => filledIn(part, decoded(given[at] ?? ''))).join('/')
  }
  return path
}

function filledIn({ text, matcher }: Part, given: string): string {
  const [, ...values] = matcher.exec(given) ?? []
  return text.replaceAll(parameter, () => encodeURIComponent(values.shift() ?? ''))
}

/** Path of an operation in the OpenAPI document, made ready for comparison. */
interface Template {
  parts: readonly Part[]
  /** Number of parameters. */
  parameters: number
  /** Number of letters that are not of a parameter. */
  literals: number
}

/** Part between two slashes, of which parameters may be a part only: `{name}.json`, `{id}:activate`. */
interface Part {
  text: string
  /** Matches what stands there in a path, without its escapes. */
  matcher: RegExp
}

const parameter = /\{[^{}]+\}/g
const templates = new WeakMap<Operation, Template>()

function templateOf(operation: Operation): Template {
  const known = templates.get(operation)
  if (known !== undefined) return known
  const { path } = operation
  const parts = path.split('/').map((text) => ({ text, matcher: matcherOf(decoded(text)) }))
  const made = {
    parts,
    parameters: path.match(parameter)?.length ?? 0,
    literals: path.replaceAll(parameter, '').length,
  }
  templates.set(operation, made)
  return made
}

function matcherOf(part: string): RegExp {
  const literals = part.split(parameter).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${literals.join('(.*)')}$`, 's')
}

function matches({ parts }: Template, given: readonly string[]): boolean {
  return parts.length === given.length && parts.every(({ matcher }, at) => matcher.test(given[at] ?? ''))
}

function literalFirst(one: Operation, other: Operation): number {
  const [first, second] = [templateOf(one), templateOf(other)]
  return first.parameters - second.parameters || second.literals - first.literals
}

function decoded(part: string): string {
  return part.includes('%') ? (decodeOrNothing(part) ?? part) : part
}

function decodeOrNothing(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
