import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export interface Operation {
  operationId: string
  path: string
  /** Where the schema of the JSON body is, such as `#/components/schemas/TrackEvent`. */
  bodyRef: string | undefined
}

export interface ApiDocument {
  server: string
  components: object
  operations: Operation[]
}

interface OpenApi {
  servers: { url: string }[]
  components: object
  paths: Record<string, Record<string, { operationId?: string; requestBody?: RequestBody }>>
}

interface RequestBody {
  content: Record<string, { schema: { $ref?: string } }>
}

/** What the generators need of the OpenAPI document. */
export async function readDocument(document: URL): Promise<ApiDocument> {
  const { servers, components, paths } = parse(await readFile(document, 'utf8')) as OpenApi
  const server = servers[0]?.url
  if (server === undefined) throw new Error('spec/openapi.yaml names no server')
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ operationId, requestBody }) =>
      operationId === undefined
        ? []
        : [{ operationId, path, bodyRef: requestBody?.content['application/json']?.schema.$ref }],
    ),
  )
  return { server, components, operations }
}
