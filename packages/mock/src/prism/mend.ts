import { type Headers, isXml } from '../recording/headers.ts'
import type { Resource } from './translate.ts'

/** Repairs of documents, and of requests, with which Prism fails or is of no use. */

type Responses = Resource['responses']
type Content = NonNullable<Responses[number]['contents']>[number]

/** Mends an operation once, when it is read. */
export function mend(resource: Resource): Resource {
  replaceNullSchemas(resource)
  return { ...resource, responses: resource.responses.map(onlyExamples) }
}

/** Leaves out headers without an example: Prism makes up a value for them, and `Retry-After: string` is of no use. */
function onlyExamples(response: Responses[number]): Responses[number] {
  const headers = (response.headers ?? []).filter(
    ({ examples = [], schema }) => examples.length > 0 || hasValue(schema ?? {}),
  )
  return { ...response, headers }
}

function hasValue(schema: object): boolean {
  return ['examples', 'default', 'const', 'enum'].some((keyword) => keyword in schema)
}

function isRange({ mediaType }: Content): boolean {
  return mediaType.includes('*')
}

/** Puts a media type that the client accepts in the place of ranges such as `image/*`, which Prism finds for nobody. */
export function withConcreteTypes(resource: Resource, { accept = '' }: Headers): Resource {
  if (!resource.responses.some(({ contents = [] }) => contents.some(isRange))) return resource
  const accepted = accept.split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase() ?? '')
  const responses = resource.responses.map(({ contents = [], ...response }) => ({
    ...response,
    contents: contents.map((content) =>
      isRange(content) ? { ...content, mediaType: concreteType(content, accepted) } : content,
    ),
  })) as Responses
  return { ...resource, responses }
}

function concreteType({ mediaType: range, examples = [], schema }: Content, accepted: readonly string[]): string {
  const [example] = examples
  const isText =
    example !== undefined && 'value' in example ? typeof example.value === 'string' : schema?.type === 'string'
  const wanted = accepted.find(
    (type) => !type.includes('*') && isWithin(range, type) && (isText || /[/+](json|xml)\b/.test(type)),
  )
  const [kind = ''] = range.split('/')
  const usual = { text: 'text/plain', image: 'image/png', audio: 'audio/mpeg', video: 'video/mp4' }[kind]
  return wanted ?? usual ?? (isText ? 'text/plain' : 'application/json')
}

/** Tells whether a media type is the documented one, or within it if that is a range such as `image/*`. */
export function isWithin(documented: string, type: string): boolean {
  const [wanted = ''] = documented.toLowerCase().split(';', 1)
  const plain = wanted.trim()
  if (plain === '*/*') return true
  return plain.endsWith('/*') ? type.startsWith(plain.slice(0, -1)) : plain === type
}

/** Leaves out what a body should be like if it is XML, which Prism would compare as a text. */
export function withoutXmlSchema(resource: Resource, headers: Headers): Resource {
  const { request } = resource
  if (request?.body === undefined || !isXml(headers)) return resource
  const contents = (request.body.contents ?? []).map((content) => {
    const { schema: _, ...rest } = content
    return rest
  })
  return { ...resource, request: { ...request, body: { ...request.body, contents } } }
}

const mapsOfSchemas = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependentSchemas'])
const schemas = new Set(['items', 'additionalProperties', 'additionalItems', 'contains', 'not', 'propertyNames'])
const listsOfSchemas = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])

/** Replaces schemas that are null, as in a property of which only the name is written down, by `{}`: any value. */
function replaceNullSchemas({ request, responses, ...rest }: Resource): void {
  const seen = new Set<unknown>()
  const lists: (readonly { schema?: unknown }[] | undefined)[] = [
    request?.path,
    request?.query,
    request?.headers,
    request?.cookie,
    request?.body?.contents,
    ...responses.flatMap(({ contents, headers }) => [contents, headers]),
  ]
  for (const list of lists) {
    for (const { schema } of list ?? []) replaceNulls(schema, seen)
  }
  const { __bundled__: bundled } = rest as { __bundled__?: { schemas?: unknown } }
  replaceIn(bundled?.schemas, seen)
}

function replaceNulls(schema: unknown, seen: Set<unknown>): void {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return
  seen.add(schema)
  const fields = schema as Record<string, unknown>
  for (const [keyword, value] of Object.entries(fields)) {
    if (mapsOfSchemas.has(keyword) || (listsOfSchemas.has(keyword) && Array.isArray(value))) replaceIn(value, seen)
    else if (schemas.has(keyword) && value === null) fields[keyword] = {}
    else if (schemas.has(keyword)) replaceNulls(value, seen)
  }
}

/** Does so in a list of schemas, or in a map from names to schemas. */
function replaceIn(list: unknown, seen: Set<unknown>): void {
  if (typeof list !== 'object' || list === null) return
  const fields = list as Record<string, unknown>
  for (const [name, schema] of Object.entries(fields)) {
    if (schema === null) fields[name] = {}
    else replaceNulls(schema, seen)
  }
}
