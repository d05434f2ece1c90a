import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'

type Measures = Record<'oneCustomer' | 'oneCustomerEach' | 'repeatedIds', { waiting: number; left: number }>

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

test.each([
  ['of one customer', 'oneCustomer'],
  ['of 20,000 customers', 'oneCustomerEach'],
  ['whose ids were used twice', 'repeatedIds'],
] as const)('nothing is left of 20,000 events that were delivered: %s', (_, load) => {
  expect(measures[load].left).toBeLessThan(generous)
})

test('20,000 waiting events of one customer stay under 400 bytes each', () => {
  expect(measures.oneCustomer.waiting).toBeLessThanOrEqual(400)
})
