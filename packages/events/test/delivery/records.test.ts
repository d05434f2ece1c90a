import { expect, test } from 'vitest'
import type { OutboxClient } from '../../src/delivery/outbox-client.ts'
import { PendingEvent } from '../../src/delivery/pending-event.ts'
import { Records } from '../../src/delivery/records.ts'
import type { Claim } from '../../src/outbox/outbox.ts'
import { entryOf } from '../support/outbox-files.ts'

test('a delivery that is recorded after an erasure that failed is recorded by the newest claim', async () => {
  const event = PendingEvent.ofEntry(entryOf('a:1'), 0)
  const [first, second]: Claim[] = [0, 1].map((attempts) => ({ entry: entryOf('a:1'), attempts }))
  if (first === undefined || second === undefined) throw new Error('unreachable')
  const settled: Claim[] = []
  const settle = (claim: Claim, _: unknown, goOn: (isRecorded: boolean) => unknown) => {
    settled.push(claim)
    return goOn(claim === second)
  }
  const time = { now: () => 0, elapsed: () => 0, setTimeout: () => 0, clearTimeout: () => undefined }
  const records = new Records({ settle } as unknown as OutboxClient, time)
  const end = await records.erasures.erase('a')
  const answers: unknown[] = []
  const recorded = records.record(first, event, { kind: 'delivered' }, (isRecorded) => void answers.push(isRecorded))
  // Lent again while the erasure takes its time.
  expect(records.renew(event, second)).toBe(true)
  end()
  await recorded
  expect(settled).toEqual([first, second])
  expect(answers).toEqual([true])
})
