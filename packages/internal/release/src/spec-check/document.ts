import { parse } from 'yaml'
import { Problem } from './problem.ts'

export const documentPath = 'spec/openapi.yaml'

interface Operation {
  security?: object[]
}

/** The API document, as far as it is looked at here. */
export interface ApiDocument {
  servers?: { url: string }[]
  security?: object[]
  paths?: Record<string, Record<string, Operation>>
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/** @param whose names the OpenAPI document in messages */
export function readDocument(text: string, whose: string): ApiDocument {
  try {
    const document = parse(text) as unknown
    if (typeof document === 'object' && document !== null) return document
  } catch (thrown) {
    const [line] = String(thrown).split('\n')
    throw new Problem(`${whose} is no YAML: ${line?.replace(/:$/, '')}`)
  }
  throw new Problem(`${whose} is no OpenAPI document: it holds no object`)
}

/**
 * The OpenAPI document with its authentication written at each operation, where none may also be left out.
 *
 * redocly does not see that an operation inherits the OpenAPI document's: it takes the same authentication, written down once
 * more, for a new one.
 */
export function withOwnSecurity({ security: inherited = [], ...document }: ApiDocument): ApiDocument {
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => {
    const members = Object.entries(item).map(([name, operation]) => {
      if (!methods.has(name)) return [name, operation]
      const { security = inherited, ...rest } = operation
      return [name, security.length > 0 ? { ...rest, security } : rest]
    })
    return [path, Object.fromEntries(members)]
  })
  return { ...document, paths: Object.fromEntries(paths) as NonNullable<ApiDocument['paths']> }
}
