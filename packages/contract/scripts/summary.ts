import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What vitest's JSON reporter writes, as far as it is counted here. */
interface Results {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

/** Folders that promise tests: those whose manifest has a test script. */
function testedFolders(packages: string): string[] {
  return readdirSync(packages).filter((name) => {
    const manifest = join(packages, name, 'package.json')
    if (!existsSync(manifest)) return false
    const { scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as { scripts?: { test?: string } }
    return scripts?.test !== undefined
  })
}

function countOf(file: string): Count | undefined {
  if (!existsSync(file)) return undefined
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  // A file that does not even load fails without a failed test in it.
  const failed = results.success ? results.numFailedTests : Math.max(1, results.numFailedTests)
  return { passed: results.numPassedTests, failed, skipped: results.numPendingTests + results.numTodoTests }
}

function inWords({ passed, failed, skipped }: Count, width = 0): string {
  const words = `${String(passed).padStart(width)} passed, ${failed} failed`
  return skipped > 0 ? `${words}, ${skipped} skipped` : words
}

const packages = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url))
const counts = testedFolders(packages).map((name) => ({
  name,
  count: countOf(join(packages, name, 'test-results.json')),
}))
const total: Count = { passed: 0, failed: 0, skipped: 0 }
for (const { count } of counts) {
  total.passed += count?.passed ?? 0
  total.failed += count?.failed ?? 0
  total.skipped += count?.skipped ?? 0
}

const column = Math.max(0, ...counts.map(({ name }) => name.length))
const lines = counts.map(
  ({ name, count }) => `${name.padEnd(column)}  ${count ? inWords(count, String(total.passed).length) : 'no results'}`,
)
process.stdout.write([...lines, inWords(total), ''].join('\n'))
// A package without results has not been tested, which must not look like success.
if (total.failed > 0 || total.passed === 0 || counts.some(({ count }) => count === undefined)) process.exitCode = 1
