import { readFile, writeFile } from 'node:fs/promises'
import { bodies } from './bodies.ts'

const document = new URL('../../../spec/openapi.yaml', import.meta.url)
const file = new URL('../src/recording/operations.gen.ts', import.meta.url)
const text = `// Generated from spec/openapi.yaml by \`pnpm generate\`. Do not edit.\n${bodies(await readFile(document, 'utf8'))}`

if (!process.argv.includes('--check')) await writeFile(file, text)
else if (text !== (await readFile(file, 'utf8').catch(() => undefined))) {
  process.stderr.write('operations.gen.ts no longer matches spec/openapi.yaml. To mend it, run: pnpm generate\n')
  process.exitCode = 1
}
