import { readFileSync, rmSync } from 'node:fs'
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
  startTime: number
  testResults: TestFile[]
}

interface TestFile {
  name: string
  endTime: number
  status: string
  message: string
  assertionResults: { status: string; fullName: string; failureMessages: string[]; meta?: { reason?: string } }[]
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

/** The tests of one package. */
interface Tested {
  count: Count
  seconds: number
  failures: string[]
  /** Why tests were skipped, one reason for each of them. */
  reasons: string[]
}

/** A package that promises tests: its manifest has a test script. */
interface Promising {
  name: string
  folder: string
}

/** The packages of a workspace that promise tests, and what they have to show. */
export class Summary {
  readonly #packages: string
  readonly #all: Promising[]
  readonly #column: number
  readonly #shown = new Set<Promising>()

  constructor(workspace = root) {
    this.#packages = join(workspace, 'packages')
    const promising = packagesOf(workspace).filter(({ manifest }) => manifest.scripts?.['test'] !== undefined)
    this.#all = promising.map(({ folder }) => ({ name: relative(this.#packages, folder), folder }))
    this.#column = Math.max(0, ...this.#all.map(({ name }) => name.length))
  }

  /** Takes away what an earlier run has left, which must not be counted. */
  forget(): void {
    for (const one of this.#all) for (const file of [fileOf(one), strayErrorsOf(one)]) rmSync(file, { force: true })
  }

  /** A line for each package that has come to its end since the last call. */
  news(): string[] {
    return this.#all.flatMap((one) => {
      const tested = this.#shown.has(one) ? undefined : this.#tested(one)
      if (tested === undefined) return []
      this.#shown.add(one)
      return [this.#line(one, `${inWords(tested.count, 4)}  ${String(Math.round(tested.seconds)).padStart(4)} s`)]
    })
  }

  /** The failures, the packages that have nothing to show, and the sum of all. */
  end(): { lines: string[]; isGood: boolean } {
    const all = this.#all.map((one) => [one, this.#tested(one)] as const)
    const tested = all.flatMap(([, it]) => it ?? [])
    const missing = all.flatMap(([one, it]) => (it === undefined ? this.#line(one, 'no results') : []))
    const sum = (what: keyof Count) => tested.reduce((before, { count }) => before + count[what], 0)
    const total: Count = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
    const failures = tested.flatMap((it) => it.failures)
    const reasons = counted(tested.flatMap((it) => it.reasons))
    // Where nothing was tested at all, the sum says so.
    const lines = [...failures, ...(tested.length > 0 ? missing : []), ...reasons, inWords(total)]
    // A package without results has not been tested, which must not look like success.
    return { lines, isGood: total.failed === 0 && total.passed > 0 && missing.length === 0 }
  }

  #line({ name }: Promising, words: string): string {
    return `${name.padEnd(this.#column)}  ${words}`
  }

  #tested(one: Promising): Tested | undefined {
    const results = read(fileOf(one)) as Results | undefined
    if (results === undefined) return undefined
    const strayErrors = (read(strayErrorsOf(one)) ?? []) as string[]
    // A file that does not even load fails without a failed test in it.
    const failed = strayErrors.length + (results.success ? results.numFailedTests : Math.max(1, results.numFailedTests))
    const endTime = Math.max(results.startTime, ...results.testResults.map((file) => file.endTime))
    return {
      count: { passed: results.numPassedTests, failed, skipped: results.numPendingTests + results.numTodoTests },
      seconds: (endTime - results.startTime) / 1_000,
      failures: [
        ...results.testResults.flatMap((file) => failuresIn(file, this.#packages)),
        ...strayErrors.map((error) => paragraph(`${one.name}, outside of any test`, error)),
      ],
      reasons: results.testResults.flatMap((file) => reasonsIn(file, this.#packages)),
    }
  }
}

const fileOf = ({ folder }: Promising) => join(folder, 'test-results.json')
/** Errors outside of any test. */
const strayErrorsOf = ({ folder }: Promising) => join(folder, 'test-errors.json')

/** Undefined where there is no file, or not the whole of it yet. */
function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** The reason of each skipped test, else the file that has it. */
function reasonsIn({ name, assertionResults }: TestFile, packages: string): string[] {
  const skipped = assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return skipped.map(({ meta }) => meta?.reason ?? `${relative(packages, name)} does not run all of its tests here`)
}

/** A line for each reason, with the number of tests that it skipped. */
function counted(reasons: readonly string[]): string[] {
  const count = (reason: string) => reasons.filter((other) => other === reason).length
  return [...new Set(reasons)].map((reason) => `SKIPPED ${count(reason)}: ${reason}`)
}

/** A paragraph for each failure: where, which test, and the start of what was said. */
function failuresIn({ name, status, message, assertionResults }: TestFile, packages: string): string[] {
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

if (import.meta.main) {
  const summary = new Summary(process.argv[2])
  const news = summary.news()
  const { lines, isGood } = summary.end()
  process.stdout.write(`${[...news, ...lines].join('\n')}\n`)
  process.exitCode = isGood ? 0 : 1
}
