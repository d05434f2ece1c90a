import { fileURLToPath } from 'node:url'

/** The OpenAPI document of this API: the path of the original here, and what is in it once the build has packed it. */
export function packagedDocument(): string | object {
  return fileURLToPath(new URL('../../../../spec/openapi.yaml', import.meta.url))
}
