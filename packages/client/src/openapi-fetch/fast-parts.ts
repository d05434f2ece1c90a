import { PlainHeaders } from './plain-headers.ts'

/** The key under which a call hands its parts to its light request past openapi-fetch, which copies what it does not know. */
export const lightParts = Symbol('light parts')

/** What of a request openapi-fetch need not look at. */
export interface LightParts {
  readonly headers: PlainHeaders
  readonly body: unknown
}

interface Init {
  baseUrl?: unknown
  headers?: unknown
  params?: { header?: unknown } | undefined
  body?: unknown
  signal?: unknown
  parseAs?: unknown
  bodySerializer?: (body: unknown, headers?: unknown) => unknown
  querySerializer?: unknown
  pathSerializer?: unknown
  [lightParts]?: LightParts
}

/** What a light request knows how to do. Anything else that a call asks for (middleware, a fetch, `redirect`) it does not. */
const lightOptions = new Set(
  'baseUrl headers params body signal parseAs bodySerializer querySerializer pathSerializer'.split(' '),
)

export function isLight(init: object): init is Init {
  for (const name in init) if (!lightOptions.has(name)) return false
  return true
}

/**
 * The call with its headers and its body set apart, or as it is where the headers are not plain: openapi-fetch merges the
 * headers twice for a body, and that costs as much as all else that it does.
 *
 * @throws what the `bodySerializer` throws
 */
export function withLightParts(init: Init): Init {
  const { headers: given, params, body, bodySerializer } = init
  const headers = new PlainHeaders()
  if (!headers.take(given) || !headers.take(params?.header)) return init
  // Who serialises the body may want to see the headers.
  if (headers.has('content-type') || (bodySerializer && bodySerializer.length !== 1)) return init
  const serialised = body === undefined ? undefined : (bodySerializer ?? asJson)(body)
  // The one header that openapi-fetch adds.
  if (serialised !== undefined && !isForm(serialised)) headers.set('content-type', 'application/json')
  const parts: LightParts = { headers, body: serialised }
  return { ...init, headers: undefined, params: { ...params, header: undefined }, body: undefined, [lightParts]: parts }
}

/** As openapi-fetch does it by itself. */
function asJson(body: unknown): unknown {
  return isForm(body) ? body : JSON.stringify(body)
}

function isForm(body: unknown): boolean {
  return typeof body === 'object' && body instanceof FormData
}
