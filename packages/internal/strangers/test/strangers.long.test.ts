import { rm } from 'node:fs/promises'
import { startMock } from '@obsidianlaunch/events-mock'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Workshop } from '../src/installer.ts'
import type { Bench, Trial } from '../src/trial.ts'
import { trials } from '../src/trials/all.ts'

/**
 * `STRANGERS=all` runs each of them, `STRANGERS=ci` all but the longest, and both fail where one is missing. Else those
 * run that are quick and here.
 */
const form = process.env['STRANGERS']
const wanted = trials.filter(({ quick, long, missing }) => {
  if (form === 'all') return true
  return form === 'ci' ? long !== true : quick === true && missing === undefined
})

let bench: Bench
beforeAll(async () => {
  bench = { workshop: await Workshop.open(inject('registry')), mock: await startMock() }
})
afterAll(async () => {
  await bench.mock.close()
  await rm(bench.workshop.home, { recursive: true, force: true })
})

describe.each([...new Set(wanted.map(({ row }) => row))])('%s', (row) => {
  test.for(wanted.filter((trial) => trial.row === row).map((trial) => [sentence(trial), trial] as const))(
    '%s',
    async ([, { run, limit, missing }]) => {
      expect(missing, 'is not on this machine').toBeUndefined()
      const outcome = await run(bench).then(() => 'works', String)
      expect(outcome).toMatch(limit?.shows ?? /^works$/)
    },
  )
})

const inWords = (column: string) => (column === 'works' ? '' : ` with ${column}`)

function sentence({ column, limit }: Trial): string {
  return limit === undefined ? `works${inWords(column)}` : `does not work${inWords(column)}: ${limit.reason}`
}
