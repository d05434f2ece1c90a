import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as groups from './mutants/mutants.ts'

/** Runs the world in a process of its own, since it takes the place of the platform there. */
function world(...options: string[]): { output: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...options], {
    encoding: 'utf8',
  })
  return { output: stdout + stderr, status }
}

test.each([1, 2])(
  'whatever happens to a process, its store and the API, every promise is kept (seed %i)',
  { timeout: 0 },
  (seed) => {
    const { output, status } = world('--seed', String(seed), '--steps', '2500')
    expect(output).toContain('nothing found')
    expect(status).toBe(0)
  },
)

test(
  'whatever happens to machines that share a storage, every promise is kept across all of them',
  { timeout: 0 },
  () => {
    const { output, status } = world('--machines', '3', '--seed', '1', '--steps', '1500')
    expect(output).toContain('nothing found')
    expect(status).toBe(0)
  },
)

test.each(['token', 'lease', 'news'])(
  'the world of several machines finds a storage whose %s is broken',
  { timeout: 0 },
  (fault) => {
    const several = ['--machines', '3', '--seed', '1', '--steps', '6000', '--no-shrink']
    const { output, status } = world(...several, '--storage', fault)
    expect(output).toMatch(/^after \d+ steps/m)
    expect(status).toBe(1)
  },
)

test('the same seed gives the same run', { timeout: 0 }, () => {
  const [one, other] = [world('--seed', '7', '--steps', '300'), world('--seed', '7', '--steps', '300')]
  const fingerprint = /fingerprint (\d+)/.exec(one.output)?.[1]
  expect(fingerprint).toBeDefined()
  expect(other.output).toContain(`fingerprint ${fingerprint}`)
})

test('each mutant changes one place of the sources as they are', () => {
  const sources = join(import.meta.dirname, '../../src')
  const stale = Object.values(groups)
    .flat()
    .filter(({ file, find }) => readFileSync(join(sources, file), 'utf8').split(find).length !== 2)
  expect(stale).toEqual([])
})
