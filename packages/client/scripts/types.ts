import openapiTS, { astToString } from 'openapi-typescript'

/** The TypeScript types of the document. */
export async function types(document: URL): Promise<string> {
  return astToString(await openapiTS(document, { alphabetize: false, silent: true }))
}
