import { createRequire } from 'node:module'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'
import { readDocument } from './document.ts'

/** A validator for each request body of the document, as code that needs no library at run time. */
export async function validators(document: URL): Promise<string> {
  const { components, operations } = await readDocument(document)
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    code: { source: true, esm: true, optimize: 2 },
    schemas: [{ $id: 'openapi', components }],
  })
  const refs: Record<string, string> = {}
  for (const { operationId, bodyRef } of operations) if (bodyRef) refs[operationId] = `openapi${bodyRef}`
  const code = standaloneCode.default(ajv, refs)
  return `// @ts-nocheck -- plain JavaScript, typed where it is used\n/* eslint-disable */\n${await inline(code)}`
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
