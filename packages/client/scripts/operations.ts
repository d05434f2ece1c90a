import { readDocument } from './document.ts'

/** The server and the paths of the document as values, so that no hand-written code repeats them. */
export async function operations(document: URL): Promise<string> {
  const { server, operations } = await readDocument(document)
  const paths = Object.fromEntries(operations.map(({ operationId, path }) => [operationId, path]))
  return `export const defaultBaseUrl = ${JSON.stringify(server)}\n\nexport const operationPaths = ${JSON.stringify(paths, null, 2)} as const\n`
}
