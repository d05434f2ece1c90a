import { describe, expect, test } from 'vitest'
import type { Result } from '../src/case.ts'
import { casesFor } from '../src/suite.ts'
import { found, missing, mustBeComplete } from './support/all.ts'

/** They wait more than they work, but the machine may have few cores. */
const atOnce = 3
const runs = new Map<string, Promise<Result[]>>()
const lanes = Array.from({ length: atOnce }, () => Promise.resolve())
for (const [index, { name, run }] of found.entries()) {
  const started = (lanes[index % atOnce] ?? Promise.resolve()).then(run)
  runs.set(name, started)
  lanes[index % atOnce] = started.then(
    () => undefined,
    () => undefined,
  )
}

describe.each(found)('$name', ({ name: runTime, traits }) => {
  test.each(casesFor(traits))('$name', async ({ name }) => {
    const results = (await runs.get(runTime)) ?? []
    // One that is missing did not come to its end; the last of all then tells how far it got.
    expect(results.find((one) => one.name === name) ?? results.at(-1)).toEqual({ name })
  })

  test('nothing is said but the results', async () => {
    const names = new Set(casesFor(traits).map(({ name }) => name))
    expect((await runs.get(runTime))?.filter(({ name }) => !names.has(name))).toEqual([])
  })
})

test.for(missing)('$name is installed', ({ name, how }, { skip }) => {
  skip(!mustBeComplete, `${name} is not installed: ${how}`)
  expect.fail(`${name} is not installed: ${how}`)
})
