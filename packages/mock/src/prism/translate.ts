import type { SentAnswer, Violation } from '../recording/exchange.ts'
import { type Headers, isJson, withPlainScheme } from '../recording/headers.ts'

/** Translation between the types of this package and those of Prism. */

/** Operation of the OpenAPI document. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  /** The media types of its body; empty when it takes none. */
  readonly mediaTypes: readonly string[]
}

export interface Question {
  path: string
  headers: Headers
  body: unknown
  /** False if the body was refused before it could be looked at. */
  checkBody: boolean
  checkToken: boolean
  /** The status whose example is wanted; without it, the one of success. */
  status?: number
  /** The key of the example that is wanted; without it, the first. */
  example?: string
}

/** Answer of Prism. `found` is false if the OpenAPI document has no such answer; `body` then says so. */
export interface Answer {
  found: boolean
  status: number
  headers: Headers
  body: unknown
  violations: Violation[]
}

type Prism = typeof import('@stoplight/prism-http')
export type Config = Parameters<Prism['createInstance']>[0]
export type Resource = Awaited<ReturnType<Prism['getHttpOperationsFromSpec']>>[number]
export interface Diagnostic {
  path?: string[]
  code?: string | number
  message: string
  tags?: string[]
}

export function operationOf({ iid, id, method, path, request }: Resource): Operation {
  const body = request?.body as { contents?: { mediaType: string }[] } | undefined
  const mediaTypes = (body?.contents ?? []).map((content) => content.mediaType.toLowerCase())
  return { id: iid ?? id, method: method.toUpperCase(), path, mediaTypes }
}

/** A fresh one for each request: Prism notes the accepted media types in it. */
export function configOf({ checkBody, checkToken, status, example }: Partial<Question> = {}): Config {
  return {
    isProxy: false,
    checkSecurity: checkToken ?? true,
    validateRequest: checkBody ?? true,
    validateResponse: false,
    errors: false,
    upstreamProxy: undefined,
    mock: {
      dynamic: false,
      ...(status !== undefined && { code: status }),
      ...(example !== undefined && { exampleKey: example }),
    },
  }
}

export function inputOf({ method }: Resource, { path, headers, body }: Question) {
  const [pathname = '/', search = ''] = path.split('?', 2)
  const { authorization } = headers
  return {
    method: method as 'post',
    url: { path: pathname, query: search === '' ? {} : queryOf(search) },
    headers: authorization === undefined ? headers : { ...headers, authorization: withPlainScheme(authorization) },
    body,
  }
}

function queryOf(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  const parameters = new URLSearchParams(search)
  for (const name of parameters.keys()) {
    const values = parameters.getAll(name)
    query[name] = values.length > 1 ? values : (values[0] ?? '')
  }
  return query
}

export function outputOf({ status, headers, text }: Omit<SentAnswer, 'violations'>) {
  return { statusCode: status, headers, body: isJson(headers) ? parsed(text) : text }
}

/** Parses JSON. Text that is not JSON stays text, which a schema for an object then refuses. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

// A body of 1 MiB may have a violation for each of its 100,000 fields, whose names may be as long as the body.
const maxViolations = 100
const maxLetters = 1000

/** Lists violations; of very many only the first, and how many were left out. */
export function violationsOf(diagnostics: readonly Diagnostic[]): Violation[] {
  const first = diagnostics.slice(0, maxViolations).map(violationOf)
  const rest = diagnostics.length - first.length
  const { location = 'body' } = first.at(-1) ?? {}
  return rest === 0 ? first : [...first, { location, path: '', message: `And ${rest} more` }]
}

function violationOf({ path, code, message, tags }: Diagnostic): Violation {
  if (code === 401) {
    const wanted = tags?.length ? `Send Authorization: ${tags.join(' or ')} …` : message
    return { location: 'header', path: 'authorization', message: wanted }
  }
  const [location = 'body', ...rest] = path ?? []
  return { location, path: cut(rest.join('.')), message: cut(message) }
}

function cut(text: string): string {
  return text.length > maxLetters ? `${text.slice(0, maxLetters)}…` : text
}

export function answerOf(output: { statusCode: number; headers?: object; body?: unknown }): Answer {
  const { statusCode: status, headers = {}, body } = output
  return { found: true, status, headers: lowerCase(headers), body, violations: [] }
}

interface Problem extends Error {
  status?: number
  detail?: string
  additional?: { headers?: object }
}

export function notFound({ status = 500, detail, message, additional }: Problem): Answer {
  const body = { error: 'The OpenAPI document has no such answer', message: detail ?? message }
  const headers = { ...lowerCase(additional?.headers ?? {}), 'content-type': 'application/json' }
  return { found: false, status, headers, body, violations: [] }
}

function lowerCase(headers: object): Headers {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

const ignore = () => {}
const levels = ['success', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']
export const silent = { ...Object.fromEntries(levels.map((level) => [level, ignore])), child: () => silent }
