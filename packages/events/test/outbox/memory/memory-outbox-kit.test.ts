import type { OutboxEntry } from '../../../src/event/event.ts'
import { expect, test } from 'vitest'
import { MemoryOutbox } from '../../../src/outbox/memory/memory-outbox.ts'
import type { Claim, Verdict } from '../../../src/outbox/outbox.ts'
import { type MakeOutbox, outboxCases, type OutboxUnderTest } from '../../../src/outbox/kit/kit.ts'

function subject(makeOutbox: (elapsed: () => number) => MemoryOutbox): OutboxUnderTest {
  const clock = { ms: 1_000 }
  return { outbox: makeOutbox(() => clock.ms), pass: (ms) => void (clock.ms += ms) }
}

test.each(outboxCases({ durable: false }))('in memory, $name', async ({ run }) => {
  await expect(run(() => subject((elapsed) => new MemoryOutbox(elapsed)))).resolves.toBeUndefined()
})

/** Names the promises that an outbox breaks. */
async function broken(make: MakeOutbox): Promise<string[]> {
  const failures = outboxCases({ durable: false }).map(({ name, run }) =>
    run(make).then(
      () => [],
      () => [name],
    ),
  )
  return (await Promise.all(failures)).flat()
}

class Forgetful extends MemoryOutbox {
  override append(entries: readonly OutboxEntry[]) {
    return super.append(entries.filter(({ id }) => id !== 'a:3'))
  }
}

class Generous extends MemoryOutbox {
  override claim(_max: number, leaseMs: number, first: 'oldest' | 'fewest-attempts') {
    return super.claim(100, leaseMs, first)
  }
}

class Impatient extends MemoryOutbox {
  override settle(verdicts: readonly (readonly [Claim, Verdict])[]) {
    return super.settle(
      verdicts.map(([claim, verdict]) => [claim, verdict.kind === 'retry' ? { ...verdict, afterMs: 0 } : verdict]),
    )
  }
}

class Credulous extends MemoryOutbox {
  override settle(verdicts: readonly (readonly [Claim, Verdict])[]) {
    super.settle(verdicts)
    return verdicts.map(() => true)
  }
}

test.each([
  [Forgetful, 'a customer has one claim at a time, and what came first is first'],
  [Generous, 'it lends no more than it is asked for, and the lanes take turns'],
  [Impatient, 'a retry waits at the head of its lane and counts, and holds up nobody else'],
  [Credulous, 'a claim is settled once'],
])('the kit sees through an outbox that is %o', async (Flawed, promise) => {
  expect(await broken(() => subject((elapsed) => new Flawed(elapsed)))).toContain(promise)
})
