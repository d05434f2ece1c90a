import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { packagesOf, root } from '../packages/internal/testkit/src/workspace.ts'

/** The part of vitest's JSON report that is counted here. */
interface Results {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
  testResults: TestFile[]
}

interface TestFile {
  name: string
  status: string
  message: string
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

/** The tests of one package. */
interface Tested {
  count: Count
  failures: string[]
}

const workspace = process.argv[2] ?? root
const packages = join(workspace, 'packages')

function testedIn(folder: string): Tested | undefined {
  const file = join(folder, 'test-results.json')
  if (!existsSync(file)) return undefined
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  // A file that does not even load fails without a failed test in it.
  const failed = results.success ? results.numFailedTests : Math.max(1, results.numFailedTests)
  return {
    count: { passed: results.numPassedTests, failed, skipped: results.numPendingTests + results.numTodoTests },
    failures: results.testResults.flatMap(failuresIn),
  }
}

/** A paragraph for each failure: where, which test, and the start of what was said. */
function failuresIn({ name, status, message, assertionResults }: TestFile): string[] {
  const failed = assertionResults.filter((result) => result.status === 'failed')
  const where = relative(packages, name)
  if (status === 'failed' && failed.length === 0) return [paragraph(where, message)]
  return failed.map(({ fullName, failureMessages }) => paragraph(`${where} > ${fullName}`, failureMessages.join('\n')))
}

function paragraph(title: string, message: string): string {
  const start = stripVTControlCharacters(message).split('\n').slice(0, 12)
  return [`FAILED ${title}`, ...start.map((line) => `  ${line}`), ''].join('\n')
}

function inWords({ passed, failed, skipped }: Count, width = 0): string {
  const words = `${String(passed).padStart(width)} passed, ${failed} failed`
  return skipped > 0 ? `${words}, ${skipped} skipped` : words
}

/** Those that promise tests: their manifest has a test script. */
const promising = packagesOf(workspace).filter(({ manifest }) => manifest.scripts?.['test'] !== undefined)
const all = promising.map(({ folder }) => ({ name: relative(packages, folder), tested: testedIn(folder) }))
const total: Count = { passed: 0, failed: 0, skipped: 0 }
for (const { tested } of all) {
  total.passed += tested?.count.passed ?? 0
  total.failed += tested?.count.failed ?? 0
  total.skipped += tested?.count.skipped ?? 0
}

const column = Math.max(0, ...all.map(({ name }) => name.length))
const width = String(total.passed).length
const lines = all.map(
  ({ name, tested }) => `${name.padEnd(column)}  ${tested ? inWords(tested.count, width) : 'no results'}`,
)
// Before the counts, for whoever sees the end of a long log only.
const failures = all.flatMap(({ tested }) => tested?.failures ?? [])
process.stdout.write([...failures, ...lines, inWords(total), ''].join('\n'))
// A package without results has not been tested, which must not look like success.
if (total.failed > 0 || total.passed === 0 || all.some(({ tested }) => tested === undefined)) process.exitCode = 1
