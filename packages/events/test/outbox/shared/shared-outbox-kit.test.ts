import { describe, expect, test } from 'vitest'
import { outboxCases } from '../../../src/outbox/kit/kit.ts'
import type { SharedOutbox } from '../../support/shared-outbox.ts'
import { SharedStorage } from '../../support/shared-outbox.ts'

const ofOne = new Set(outboxCases({ durable: true }).map(({ name }) => name))
const cases = outboxCases({ durable: true, shared: true }).filter(({ name }) => !ofOne.has(name))

const kill = (outbox: unknown): void => (outbox as SharedOutbox).die()
/** For what need not be waited for. */
const pass = (): void => undefined

describe.each([
  ['all of whose owners lend', false],
  ['one of whose owners lends', true],
])('the shared part of the kit passes an outbox %s', (_, hasOneLender) => {
  test.each(cases)('$name', async ({ run }) => {
    const storage = new SharedStorage(Date.now, hasOneLender)
    const open = () => storage.open()
    await expect(run(() => ({ outbox: open(), another: open, kill }))).resolves.toBe(undefined)
  })
})

test('an outbox that tells nobody of what others do does not pass', async () => {
  const told = cases.find(({ name }) => name.startsWith('an owner is told once'))
  const storage = new SharedStorage()
  const open = () => Object.assign(storage.open(), { watch: () => undefined })
  await expect(told?.run(() => ({ outbox: open(), another: open, pass }))).rejects.toThrow('news of 3 ends')
})
