import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/vitest'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { contract, scratch, typecheck } from './workspace.ts'

const original = join(contract, 'test', 'guide', 'program.ts')
let folder = ''
let changed = ''
let complaints = ''
let mock: Mock

beforeAll(async () => {
  expect.extend(mockMatchers)
  folder = await scratch('guide')
  changed = join(folder, 'program.ts')
  await writeFile(changed, (await readFile(original, 'utf8')).replace("'./tracking.ts'", "'@obsidianlaunch/events'"))
  complaints = await typecheck(folder)
  mock = await startMock()
})
afterEach(() => mock.reset())
afterAll(async () => {
  await mock.close()
  await rm(folder, { recursive: true })
})

function runProgram(file: string): Promise<Ended> {
  const env = { EVENT_TRACKING_BASE_URL: mock.url, EVENT_TRACKING_AUTH_TOKEN: 'guide-token', NO_COLOR: '1' }
  return run(process.execPath, [file], { env })
}

/** Requests that arrived, without the order between customers: nobody promises that. */
const arrived = () =>
  mock.requests.map(({ path, body, headers }) => JSON.stringify([path, body, headers['authorization']])).toSorted()

test('the guide’s program compiles strictly with only its import line changed', () => {
  expect(complaints).toBe('')
})

test('it makes the very requests that the pasted module made, those left alone included', async () => {
  expect(await runProgram(original)).toMatchObject({ code: 0 })
  const before = arrived()
  mock.reset()
  const { code, stdout, stderr } = await runProgram(changed)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['awaited', 'chained', 'finally', 'collected 3']))
  expect(before).toHaveLength(8)
  expect(arrived()).toEqual(before)
  expect(mock).toHaveNoViolations()
})

test('a refused token is told in the guide’s words, and the program goes on', async () => {
  mock.fail([{ status: 401, times: 100 }])
  const { code, stdout, stderr } = await runProgram(changed)
  expect(code).toBe(0)
  expect(stderr).toMatch(/^Failed to identify customer: 401 - .*token is missing or unknown/m)
  expect(stderr).toMatch(/^Failed to track event: 401 - /m)
  expect(stdout).toContain('finally')
  expect(stderr).not.toContain('guide-token')
})

test('a failure that nobody listens to is said once and does not end the program', async () => {
  mock.fail([{ pass: 6 }, { status: 403, times: 100 }])
  const { code, stderr } = await runProgram(changed)
  expect(code).toBe(0)
  expect(stderr.match(/EventTrackingWarning/g)).toHaveLength(1)
})
