import { expect, test } from 'vitest'
import type { Step, What } from './record.ts'
import { StoreLedger } from './store-ledger.ts'

const step = (what: What, number: number): Step => ({ what, customer: 'a', number })
const contents = (...numbers: number[]) => ({ pending: new Map([['a', numbers]]), dead: new Set<number>() })

test.each([
  ['a loss', [step('stored', 1), step('stored', 2)], [2], '1 was acknowledged and is lost'],
  ['a change of order', [step('stored', 1), step('stored', 2)], [2, 1], 'the lane of a is out of order: 2 1'],
  ['a return', [step('sent', 1), step('settled', 1)], [1], '1 was settled and is pending again'],
  ['a second sending', [step('sent', 1), step('settled', 1), step('sent', 1)], [], '1 was sent again'],
  ['a late sending', [step('sent', 2), step('sent', 1)], [], '1 of a was sent after a later one'],
  ['a lost dead letter', [step('sent', 1), step('dead', 1)], [], '1 was a dead letter and is lost'],
])('the crash kit would notice %s', (_, steps, pending, message) => {
  const ledger = new StoreLedger()
  ledger.add(steps)
  ledger.compare(contents(...pending))
  expect(ledger.broken.join('; ')).toContain(message)
})
