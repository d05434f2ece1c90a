import { parse } from 'yaml'

interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
}

interface OpenApi {
  paths: Record<string, Record<string, { operationId?: string; summary?: string; requestBody?: RequestBody }>>
  components: { schemas: Record<string, Schema> }
}
interface RequestBody {
  content: Record<string, { schema: Schema }>
}

/** The type of each operation's body as TypeScript, from the text of the OpenAPI document. */
export function bodies(text: string): string {
  const { paths, components } = parse(text) as OpenApi
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const names = new Set<string>()
  const fields = operations.flatMap(({ operationId, summary, requestBody }) => {
    const schema = requestBody?.content['application/json']?.schema
    if (operationId === undefined || schema === undefined) return []
    const name = nameOf(schema.$ref)
    if (name !== undefined) names.add(name)
    return [`  /** ${summary ?? operationId} */\n  ${operationId}: ${name ?? typeOf(schema, components.schemas, '  ')}`]
  })
  const types = [...names].map(
    (name) => `\ntype ${name} = ${typeOf(named(name, components.schemas), components.schemas, '')}\n`,
  )
  return `${types.join('')}\n/** The body of each operation of the API. */\nexport interface Bodies {\n${fields.join('\n')}\n}\n`
}

function typeOf(schema: Schema, schemas: Record<string, Schema>, indent: string): string {
  const name = nameOf(schema.$ref)
  if (name !== undefined) return typeOf(named(name, schemas), schemas, indent)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (Array.isArray(schema.type))
    return schema.type.map((type) => typeOf({ ...schema, type }, schemas, indent)).join(' | ')
  switch (schema.type) {
    case 'object':
      return objectOf(schema, schemas, indent)
    case 'array':
      return `(${typeOf(schema.items ?? {}, schemas, indent)})[]`
    case 'integer':
      return 'number'
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type
    default:
      return 'unknown'
  }
}

function objectOf({ properties, required = [] }: Schema, schemas: Record<string, Schema>, indent: string): string {
  if (properties === undefined) return 'Record<string, unknown>'
  const inner = `${indent}  `
  const fields = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? '' : '?'
    return `${commentOf(schema, inner)}${inner}${keyOf(name)}${mark}: ${typeOf(schema, schemas, inner)}`
  })
  return `{\n${fields.join('\n')}\n${indent}}`
}

function commentOf({ description }: Schema, indent: string): string {
  if (description === undefined) return ''
  const words = description.trim().replaceAll(/\s+/g, ' ').replaceAll('*/', '* /')
  return `${indent}/** ${words} */\n`
}

function nameOf(ref: string | undefined): string | undefined {
  return ref?.replace('#/components/schemas/', '')
}

function named(name: string, schemas: Record<string, Schema>): Schema {
  const schema = schemas[name]
  if (schema === undefined) throw new Error(`spec/openapi.yaml has no schema ${name}`)
  return schema
}

function keyOf(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
}
