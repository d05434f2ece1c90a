import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'

type Measures = Record<
  'oneCustomer' | 'oneCustomerEach' | 'repeatedIds',
  { waiting: number; left: number; leftAtShutdown: number }
>

let measures: Measures

beforeAll(async () => {
  const program = fileURLToPath(new URL('../support/heap.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program])
  measures = JSON.parse(stdout) as Measures
  const { oneCustomer, oneCustomerEach } = measures
  process.stdout.write(
    `Heap a queued event: ${oneCustomer.waiting} B of one customer, ${oneCustomerEach.waiting} B of a customer each\n`,
  )
}, 300_000)

/** Of 20,000 events: 50 bytes for each, far less than any object that could be left of it. */
const generous = 1_000_000

describe.each([
  ['of one customer', 'oneCustomer'],
  ['of 20,000 customers', 'oneCustomerEach'],
  ['whose ids were used twice', 'repeatedIds'],
] as const)('of 20,000 events %s', (_, load) => {
  test('nothing is left when they were delivered', () => {
    expect(measures[load].left).toBeLessThan(generous)
  })

  test('nothing is left when a shutdown dropped them, in a program that keeps its tracker', () => {
    expect(measures[load].leftAtShutdown).toBeLessThan(generous)
  })
})

test('20,000 waiting events of one customer stay under 400 bytes each', () => {
  expect(measures.oneCustomer.waiting).toBeLessThanOrEqual(400)
})
