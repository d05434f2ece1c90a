import { inspect } from 'node:util'
import { type Operation, readDocument } from './document.ts'

/** A type and a checking function for each schema of a request body, under the names that users import. */
export async function bodies(document: URL): Promise<string> {
  const { operations } = await readDocument(document)
  const imports = `import type { components } from './openapi.gen.ts'
import { type Validator, type Violation, violations } from './validate.ts'
import * as validators from './validators.gen.ts'
`
  const schemas = Map.groupBy(operations, ({ bodySchema }) => bodySchema)
  return [imports, ...Array.from(schemas, bodyOf)].join('\n')
}

function bodyOf([schema, operations]: [schema: string | undefined, operations: Operation[]]): string {
  if (schema === undefined) return ''
  const whose = operations.map(({ operationId }) => `\`${operationId}\``).join(' or ')
  return `/** The body of ${whose}. */
export type ${schema} = components['schemas']['${schema}']

/**
 * Holds a body of ${whose} against the API document, without sending it.
 *
 * @returns every violation; an empty list means that the body is valid
${exampleOf(`validate${schema}`, operations[0]?.bodyExample)} */
export function validate${schema}(body: unknown): Violation[] {
  return violations(validators.${schema} as Validator, body)
}
`
}

function exampleOf(call: string, body: unknown): string {
  if (body === undefined) return ''
  const lines = `${call}(${inspect(body, { depth: null, breakLength: 100 })}) // []`.replaceAll('*/', '* /').split('\n')
  return [' * @example', ...lines.map((line) => ` * ${line}`), ''].join('\n')
}
