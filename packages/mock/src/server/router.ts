import type { Operation } from '../prism/engine.ts'

/** Destination of a request: an operation, a path that takes other methods, or none. */
export type Route = { operation: Operation } | { allow: string[] } | undefined

export function route(operations: readonly Operation[], method: string, path: string): Route {
  const here = operations.filter((operation) => matches(operation.path, path)).toSorted(concreteFirst)
  const operation = here.find((candidate) => candidate.method === method)
  if (operation !== undefined) return { operation }
  return here.length > 0 ? { allow: [...new Set(here.map((candidate) => candidate.method))] } : undefined
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((part, at) => part === given[at] || isParameter(part))
}

function isParameter(part: string): boolean {
  return part.startsWith('{') && part.endsWith('}')
}

function concreteFirst(one: Operation, other: Operation): number {
  return parameters(one) - parameters(other)
}

function parameters({ path }: Operation): number {
  return path.split('/').filter(isParameter).length
}
