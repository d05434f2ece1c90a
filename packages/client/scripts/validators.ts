import { createRequire } from 'node:module'
import { _, Ajv2020, type CodeKeywordDefinition } from 'ajv/dist/2020.js'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'
import { readDocument } from './document.ts'

/** A validator for each schema of a request body, as code that needs no library at run time. */
export async function validators(document: URL): Promise<string> {
  const { components, operations } = await readDocument(document)
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    code: { source: true, esm: true, optimize: 2 },
    schemas: [{ $id: 'openapi', components: { schemas: named(components.schemas) } }],
  })
  // Only `unevaluatedProperties` and `unevaluatedItems` read what it would note on each function: a side effect of importing it.
  ajv.opts.unevaluated = JSON.stringify(components).includes('"unevaluated')
  ajv.removeKeyword('minLength').addKeyword(minLength)
  const refs: Record<string, string> = {}
  for (const { bodySchema } of operations) {
    if (bodySchema !== undefined) refs[bodySchema] = `openapi#/components/schemas/${bodySchema}`
  }
  const code = standaloneCode.default(ajv, refs)
  return `// @ts-nocheck -- plain JavaScript, typed where it is used\n/* eslint-disable */\n${withoutUnread(await inline(code))}`
}

type Json = Record<string, unknown>

const prose = new Set(['description', 'title', 'example', 'examples', '$comment'])
const namesOfUsers = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs'])
const data = new Set(['const', 'enum', 'default'])

/** A schema without what only people read: ajv carries a schema with many fields into its code. */
function rules(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rules)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).filter(([keyword]) => !prose.has(keyword))
  return Object.fromEntries(
    members.map(([keyword, value]) => {
      if (data.has(keyword)) return [keyword, value]
      return [keyword, namesOfUsers.has(keyword) ? named(value as Json) : rules(value)]
    }),
  )
}

function named(schemas: Json): Json {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, rules(schema)]))
}

/**
 * ajv's own counts characters with a function that takes time at every call. Where no more than one is asked for, the length
 * of the text tells as much, though some characters have a length of two.
 */
const minLength: CodeKeywordDefinition = {
  keyword: 'minLength',
  type: 'string',
  schemaType: 'number',
  error: { message: ({ schema }) => (schema > 1 ? `must have at least ${schema} characters` : 'must not be empty') },
  code(context) {
    const { data: text, schema: least } = context
    context.fail(least > 1 ? _`Array.from(${text}).length < ${least}` : _`${text}.length < ${least}`)
  },
}

/** ajv's code still requires small helpers of its own: they are bundled, so that nothing is left to load. */
async function inline(contents: string): Promise<string> {
  const result = await build({
    stdin: {
      contents,
      resolveDir: createRequire(import.meta.url)
        .resolve('ajv/package.json')
        .replace('package.json', ''),
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    // Without it the bundler's comments would name folders of the machine that generates.
    minify: true,
  })
  return result.outputFiles[0]?.text ?? ''
}

/**
 * Takes out of each error what `violations` does not read: where in the schema the rule stands, the type that was asked for,
 * and the messages that it words itself.
 */
function withoutUnread(code: string): string {
  return code
    .replaceAll(/schemaPath:"(?:[^"\\]|\\.)*",/g, '')
    .replaceAll(/(keyword:"(?:type|minLength)"),params:\{[^}]*\}/g, '$1')
    .replaceAll(/(keyword:"(?:required|additionalProperties)",params:\{[^}]*\}),message:"(?:[^"\\]|\\.)*"/g, '$1')
}
