import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

type Counts = [passed: number, failed: number, skipped: number]

/** A test file as vitest's reporter tells of it, with a failed test in it or, without one, unable to load. */
function failedFile(folder: string, failedTest?: { fullName: string; failureMessages: string[] }) {
  return {
    name: join(folder, 'test', 'order.test.ts'),
    endTime: 3_000,
    status: 'failed',
    message: 'Cannot find module ./lane.ts\n    at load',
    assertionResults: failedTest ? [{ status: 'failed', ...failedTest }] : [],
  }
}

/** One with tests that were skipped, the last of them without a reason. */
function goodFile(folder: string, skipped: number) {
  const reasons = Array.from({ length: skipped }, (_, at) => (at < skipped - 1 ? { reason: 'no browser here' } : {}))
  return {
    name: join(folder, 'test', 'page.test.ts'),
    endTime: 3_000,
    status: 'passed',
    message: '',
    assertionResults: reasons.map((meta) => ({ status: 'skipped', fullName: 'the page', failureMessages: [], meta })),
  }
}

const brokenPromise = {
  fullName: 'order is kept',
  failureMessages: ['\u001b[31mAssertionError\u001b[39m: expected 2 to be 1\n    at order.test.ts:7:3'],
}

async function summarise(packages: Record<string, Counts | 'unloadable' | 'untested'>, strayErrors?: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'events-summary-'))
  await writeFile(join(folder, 'package.json'), '{ "name": "root" }')
  await writeFile(join(folder, 'pnpm-workspace.yaml'), 'packages: [packages/*]')
  for (const [name, counts] of Object.entries(packages)) {
    await mkdir(join(folder, 'packages', name), { recursive: true })
    await writeFile(
      join(folder, 'packages', name, 'package.json'),
      JSON.stringify({ name, version: '0.0.0', scripts: { test: 'vitest run' } }),
    )
    if (counts === 'untested') continue
    const [numPassedTests, numFailedTests, numPendingTests] = counts === 'unloadable' ? [0, 0, 0] : counts
    const success = counts !== 'unloadable' && numFailedTests === 0
    const failed = failedFile(join(folder, 'packages', name), counts === 'unloadable' ? undefined : brokenPromise)
    const testResults = [success ? goodFile(join(folder, 'packages', name), numPendingTests) : failed]
    const sums = { numPassedTests, numFailedTests, numPendingTests, numTodoTests: 0 }
    const results = { ...sums, success, startTime: 1_000, testResults }
    await writeFile(join(folder, 'packages', name, 'test-results.json'), JSON.stringify(results))
    if (strayErrors) await writeFile(join(folder, 'packages', name, 'test-errors.json'), JSON.stringify(strayErrors))
  }
  const { code, stdout } = await run(process.execPath, [join(root, '.ci', 'summary.ts'), folder])
  await rm(folder, { recursive: true })
  return { code, lines: stdout.trimEnd().split('\n') }
}

test('the summary has a line for each package and ends with the sum', async () => {
  expect(await summarise({ client: [16, 0, 0], events: [120, 0, 0] })).toEqual({
    code: 0,
    lines: ['client    16 passed, 0 failed     2 s', 'events   120 passed, 0 failed     2 s', '136 passed, 0 failed'],
  })
})

test('what was skipped is counted and shown, with its reason', async () => {
  expect(await summarise({ mock: [9, 0, 3] })).toEqual({
    code: 0,
    lines: [
      'mock     9 passed, 0 failed, 3 skipped     2 s',
      'SKIPPED 2: no browser here',
      'SKIPPED 1: mock/test/page.test.ts does not run all of its tests here',
      '9 passed, 0 failed, 3 skipped',
    ],
  })
})

test('a failed test, a test file that does not load, a package without results and an empty workspace all fail', async () => {
  expect(await summarise({ client: [3, 2, 0] })).toMatchObject({
    code: 1,
    lines: expect.arrayContaining(['3 passed, 2 failed']) as string[],
  })
  expect(await summarise({ client: [3, 0, 0], mock: 'unloadable' })).toMatchObject({ code: 1 })
  expect(await summarise({ client: [3, 0, 0], mock: 'untested' })).toMatchObject({ code: 1 })
  expect(await summarise({})).toEqual({ code: 1, lines: ['0 passed, 0 failed'] })
})

test('each failure is told above the sum, with its place and what was said', async () => {
  expect((await summarise({ client: [3, 1, 0], mock: 'unloadable' })).lines).toEqual([
    'client     3 passed, 1 failed     2 s',
    'mock       0 passed, 1 failed     2 s',
    'FAILED client/test/order.test.ts > order is kept',
    '  AssertionError: expected 2 to be 1',
    '      at order.test.ts:7:3',
    '',
    'FAILED mock/test/order.test.ts',
    '  Cannot find module ./lane.ts',
    '      at load',
    '',
    '3 passed, 2 failed',
  ])
})

test('an error outside of any test counts as a failure, and is told', async () => {
  expect(await summarise({ events: [3, 0, 0] }, ['TypeError: it is not iterable\n    at lent'])).toEqual({
    code: 1,
    lines: [
      'events     3 passed, 1 failed     2 s',
      'FAILED events, outside of any test',
      '  TypeError: it is not iterable',
      '      at lent',
      '',
      '3 passed, 1 failed',
    ],
  })
})
