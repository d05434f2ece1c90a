import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { configDefaults, type ViteUserConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** Explains why a test was skipped. */
    reason?: string
  }
}

/** `LONG=1` adds the tests that are long by nature, `*.long.test.ts`, which `.ci/run` runs. */
export const isLong = process.env['LONG'] !== undefined

/** Adds to the results why a test was skipped, which the JSON reporter leaves out. */
const reasons: Reporter = {
  onTestCaseResult(test) {
    const result = test.result()
    if (result.state === 'skipped' && result.note !== undefined) test.meta().reason = result.note
  },
}

/** Keeps what was thrown outside of any test, which fails a run without a failed test: the JSON reporter leaves it out. */
const strayErrors: Reporter = {
  onTestRunEnd(_modules, errors) {
    if (errors.length === 0) return
    const told = errors.map(({ name, message, stack }) => stack ?? `${name}: ${message}`)
    writeFileSync('test-errors.json', JSON.stringify(told))
  },
}

/** The settings that the tests of all packages share. */
export const shared = {
  include: ['test/**/*.test.ts'],
  exclude: [...configDefaults.exclude, ...(isLong ? [] : ['**/*.long.test.ts'])],
  globalSetup: ['test-files.ts', 'postgres/shared-servers.ts'].map((file) => join(import.meta.dirname, file)),
  // Tests wait more than they work, also on a machine with two cores.
  maxWorkers: Math.max(3, availableParallelism()),
  // Bounds for hangs, not measures: a test may start processes, and the machine may be busy.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
  // `npm test` shows failures only, and counts what the JSON says.
  reporters: [
    process.env['TURBO_HASH'] === undefined ? 'default' : 'minimal',
    reasons,
    strayErrors,
    ['json', { outputFile: 'test-results.json' }],
  ],
} satisfies ViteUserConfig['test']
