import { readFile, writeFile } from 'node:fs/promises'
import { documentForEditors } from '@obsidianlaunch/testkit/openapi'
import openapiTS, { astToString } from 'openapi-typescript'

const document = new URL('../../../spec/openapi.yaml', import.meta.url)
const file = new URL('../src/recording/openapi.gen.ts', import.meta.url)
const api = (await documentForEditors(document)) as Parameters<typeof openapiTS>[0]
const types = astToString(await openapiTS(api, { alphabetize: false, silent: true }))
const text = `// Generated from spec/openapi.yaml by \`pnpm generate\`. Do not edit.\n${types}`

if (!process.argv.includes('--check')) await writeFile(file, text)
else if (text !== (await readFile(file, 'utf8').catch(() => undefined))) {
  process.stderr.write('openapi.gen.ts no longer matches spec/openapi.yaml. To mend it, run: pnpm generate\n')
  process.exitCode = 1
}
