import { readOperations } from './document.ts'
import type { Violation } from './exchange.ts'
import type { Headers } from './headers.ts'

/** What the API document calls an operation. */
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
  /** False where the body was refused before it could be looked at. */
  checkBody: boolean
  checkToken: boolean
  /** The status whose example is wanted; without it, the one of success. */
  status?: number
  /** The key of the example that is wanted; without it, the first. */
  example?: string
}

/** `found` is false where the document has no such answer; `body` then says so. */
export interface Answer {
  found: boolean
  status: number
  headers: Headers
  body: unknown
  violations: Violation[]
}

/** Prism, as far as it concerns us. */
export interface Engine {
  readonly operations: readonly Operation[]
  ask(operation: Operation, question: Question): Promise<Answer>
}

type Prism = typeof import('@stoplight/prism-http')
type Config = Parameters<Prism['createInstance']>[0]
type Resource = Awaited<ReturnType<Prism['getHttpOperationsFromSpec']>>[number]
interface Diagnostic {
  path?: string[]
  code?: string | number
  message: string
  tags?: string[]
}

/** Loads Prism, which takes most of a second and is therefore not done when the package is imported. */
export async function loadEngine(file: string): Promise<Engine> {
  const { default: prism } = await import('@stoplight/prism-http')
  const resources = await readOperations(file, prism.getHttpOperationsFromSpec)
  const instance = prism.createInstance(configOf(), { logger: silent })
  const judge = prism.createInstance(configOf(), { logger: silent, mock: () => () => anyOutput })
  const byOperation = new Map<Operation, Resource>(resources.map((item) => [operationOf(item), onlyExamples(item)]))
  return {
    operations: [...byOperation.keys()],
    ask: async (operation, question) => {
      const resource = byOperation.get(operation)
      if (resource === undefined) throw new Error(`${operation.id} is not an operation of ${file}`)
      const result = await instance.request(inputOf(resource, question), [resource], configOf(question))()
      if ('left' in result) {
        // Where the document has no answer to a bad request, Prism keeps what was bad about it to itself.
        const judged = await judge.request(inputOf(resource, question), [resource], configOf(question))()
        return { ...notFound(result.left), violations: 'right' in judged ? violationsOf(judged.right) : [] }
      }
      const { statusCode: status, headers = {}, body } = result.right.output
      return { found: true, status, headers: lowerCase(headers), body, violations: violationsOf(result.right) }
    },
  }
}

function operationOf({ iid, id, method, path, request }: Resource): Operation {
  const body = request?.body as { contents?: { mediaType: string }[] } | undefined
  const mediaTypes = (body?.contents ?? []).map((content) => content.mediaType.toLowerCase())
  return { id: iid ?? id, method: method.toUpperCase(), path, mediaTypes }
}

/** Prism makes up a value for a header without an example, and `Retry-After: string` helps nobody. */
function onlyExamples(resource: Resource): Resource {
  const responses = resource.responses.map((response) => {
    const headers = (response.headers ?? []).filter((header) => (header.examples?.length ?? 0) > 0)
    return { ...response, headers }
  })
  return { ...resource, responses }
}

/** A fresh one for each request: Prism notes the accepted media types in it. */
function configOf({ checkBody, checkToken, status, example }: Partial<Question> = {}): Config {
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

function inputOf({ method }: Resource, { path, headers, body }: Question) {
  const [pathname = '/', search = ''] = path.split('?', 2)
  const query: Record<string, string | string[]> = {}
  const parameters = new URLSearchParams(search)
  for (const name of parameters.keys()) {
    const values = parameters.getAll(name)
    query[name] = values.length > 1 ? values : (values[0] ?? '')
  }
  return {
    method: method as 'post',
    url: { path: pathname, query },
    headers: headers['authorization'] === undefined ? headers : withSchemeOfPrism(headers, headers['authorization']),
    body,
  }
}

/** The names of schemes have no case (RFC 9110, section 11.1); Prism knows only one spelling. */
function withSchemeOfPrism(headers: Headers, authorization: string): Headers {
  return { ...headers, authorization: authorization.replace(/^bearer(?= )/i, 'Bearer') }
}

function violationsOf({ validations }: { validations: { input: unknown[] } }): Violation[] {
  return (validations.input as Diagnostic[]).map(violationOf)
}

function violationOf({ path, code, message, tags }: Diagnostic): Violation {
  if (code === 401) {
    const wanted = tags?.length ? `Send Authorization: ${tags.join(' or ')} …` : message
    return { location: 'header', path: 'authorization', message: wanted }
  }
  const [location = 'body', ...rest] = path ?? []
  return { location, path: rest.join('.'), message }
}

function notFound({ status = 500, detail, message }: Error & { status?: number; detail?: string }) {
  const body = { error: 'The API document has no such answer', message: detail ?? message }
  return { found: false, status, headers: { 'content-type': 'application/json' }, body }
}

function lowerCase(headers: Record<string, unknown>): Headers {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

const anyOutput = { _tag: 'Right' as const, right: { statusCode: 200 } }
const ignore = () => {}
const levels = ['success', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']
const silent = { ...Object.fromEntries(levels.map((level) => [level, ignore])), child: () => silent }
