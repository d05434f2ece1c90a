import { type LightResponse, standardResponse } from './light-response.ts'

const formats = new Map<string | null, 'gzip' | 'deflate'>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
])

/** The response with its body as it was before a server compressed it, although it had not been asked to. */
export function decoded(response: LightResponse): Response {
  const format = formats.get(response.headers.get('content-encoding'))
  if (format === undefined || response.body === null) return response as unknown as Response
  // Its types want chunks that are not shared, which ours are not.
  const decoder: unknown = new DecompressionStream(format)
  return standardResponse(response, response.body.pipeThrough(decoder as ReadableWritablePair<Uint8Array, Uint8Array>))
}
