import { readDocument } from './document.ts'

/** The server and the paths of the OpenAPI document as values, so that no hand-written code repeats them. */
export async function operations(document: URL): Promise<string> {
  const api = await readDocument(document)
  const paths = Object.fromEntries(api.operations.map(({ operationId, path }) => [operationId, path]))
  return `export const defaultBaseUrl = ${JSON.stringify(api.server)}\n\nexport const operationPaths = ${JSON.stringify(paths, null, 2)} as const\n`
}
