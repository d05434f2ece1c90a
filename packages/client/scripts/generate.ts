import { readFile, writeFile } from 'node:fs/promises'
import { bodies } from './bodies.ts'
import { DocumentProblem } from './document.ts'
import { operations } from './operations.ts'
import { types } from './types.ts'
import { validators } from './validators.ts'

/** The generated files, each with the function that makes its text from the OpenAPI document. */
const generated = {
  'bodies.gen.ts': bodies,
  'openapi.gen.ts': types,
  'operations.gen.ts': operations,
  'validators.gen.ts': validators,
}

const document = new URL('../../../spec/openapi.yaml', import.meta.url)
const header = '// Generated from spec/openapi.yaml by `pnpm generate`. Do not edit.\n'
const check = process.argv.includes('--check')

try {
  const stale = await generateAll()
  if (stale.length > 0) {
    throw new DocumentProblem(
      `${stale.join(' and ')} no longer match spec/openapi.yaml. To mend it, run: pnpm generate`,
    )
  }
} catch (thrown) {
  if (!(thrown instanceof DocumentProblem)) throw thrown
  process.stderr.write(`${thrown.message}\n`)
  process.exitCode = 1
}

/** Writes the files, or only looks; gives the names of those that are not as they would be written. */
async function generateAll(): Promise<string[]> {
  const stale: string[] = []
  for (const [name, generate] of Object.entries(generated)) {
    const file = new URL(`../src/generated/${name}`, import.meta.url)
    const text = header + (await generate(document))
    if (!check) await writeFile(file, text)
    else if (text !== (await readFile(file, 'utf8').catch(() => undefined))) stale.push(name)
  }
  return stale
}
