import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './check.ts'
import { Problem } from './problem.ts'

/** `pnpm spec:check [--base REF]`: does the changeset say as much as the change of the API document means? */
try {
  const { values } = parseArgs({ options: { base: { type: 'string' } } })
  const { lines, problem } = await check(resolve(import.meta.dirname, '../../../../..'), values.base)
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  if (problem !== undefined) throw new Problem(problem)
} catch (thrown) {
  const isUsage = String((thrown as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
  if (!(thrown instanceof Problem) && !isUsage) throw thrown
  process.stderr.write(`spec:check: ${(thrown as Error).message}\n`)
  process.exitCode = 1
}
