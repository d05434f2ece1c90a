import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export interface Operation {
  operationId: string
  path: string
  /** The name of the schema of the JSON body; undefined where there is no body. */
  bodySchema: string | undefined
  /** The first example of the body, where there is one. */
  bodyExample: unknown
}

export interface ApiDocument {
  server: string
  components: { schemas: Record<string, unknown> }
  operations: Operation[]
}

interface OpenApi {
  servers: { url: string }[]
  components: { schemas: Record<string, unknown> }
  paths: Record<string, Record<string, { operationId?: string; requestBody?: RequestBody }>>
}

interface RequestBody {
  content?: Record<string, { schema?: { $ref?: string }; examples?: Record<string, { value?: unknown }> }>
}

/** A fault of the OpenAPI document: its message is one line that says how to mend it. */
export class DocumentProblem extends Error {}

/** Reads as much of the OpenAPI document as the generators need. */
export async function readDocument(document: URL): Promise<ApiDocument> {
  const { servers, components, paths } = parseDocument(await readFile(document, 'utf8'))
  const server = servers[0]?.url
  if (server === undefined) throw new DocumentProblem('spec/openapi.yaml names no server')
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ operationId, requestBody }) =>
      operationId === undefined ? [] : [{ operationId, path, ...bodyOf(operationId, requestBody) }],
    ),
  )
  return { server, components, operations }
}

function parseDocument(text: string): OpenApi {
  try {
    return parse(text) as OpenApi
  } catch (thrown) {
    const [line = ''] = String(thrown).split('\n')
    throw new DocumentProblem(`spec/openapi.yaml is not valid YAML: ${line.replace(/:$/, '')}`)
  }
}

function bodyOf(operationId: string, body: RequestBody | undefined): Pick<Operation, 'bodySchema' | 'bodyExample'> {
  if (body === undefined) return { bodySchema: undefined, bodyExample: undefined }
  const { schema, examples = {} } = body.content?.['application/json'] ?? {}
  const [, bodySchema] = /^#\/components\/schemas\/([\w.-]+)$/.exec(schema?.$ref ?? '') ?? []
  // It has types and a validator by that name.
  if (bodySchema === undefined) {
    throw new DocumentProblem(
      `${operationId} in spec/openapi.yaml: put the schema of the JSON body under components/schemas and refer to it`,
    )
  }
  return { bodySchema, bodyExample: Object.values(examples)[0]?.value }
}
