import { documentForEditors } from '@obsidianlaunch/testkit/openapi'
import openapiTS, { astToString } from 'openapi-typescript'

/** The TypeScript types of the OpenAPI document. */
export async function types(document: URL): Promise<string> {
  const api = (await documentForEditors(document)) as Parameters<typeof openapiTS>[0]
  return astToString(await openapiTS(api, { alphabetize: false, silent: true }))
}
