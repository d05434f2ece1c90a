/**
 * Promises of every outbox, as cases that run under any test framework.
 *
 * @example
 * for (const { name, run } of outboxCases({ durable: true })) test(name, () => run(makeOutbox))
 */
export type { OutboxEntry } from '../../event/event.ts'
import { claimCases } from './claim-cases.ts'
import { deadLetterCases } from './dead-letter-cases.ts'
import { durabilityCases } from './durability-cases.ts'
import { settleCases } from './settle-cases.ts'
import { type MakeOutbox, Trial } from './trial.ts'
import { waitingCases } from './waiting-cases.ts'

export type { MakeOutbox, OutboxUnderTest } from './trial.ts'
export type {
  MaybePromise,
  Claim,
  DeadLetter,
  DeadLetterInfo,
  DeathReason,
  AppendResult,
  LaneOrder,
  Outbox,
  Refusals,
  Verdict,
  WaitingCustomer,
} from '../outbox.ts'

/** One promise of an outbox. */
export interface OutboxCase {
  /** A sentence, for the name of a test. */
  name: string
  /** @throws (as the promise's rejection) an Error that says what was expected and what came */
  run: (make: MakeOutbox) => Promise<void>
}

/** The cases for an outbox; with `durable`, those too that only one that survives its process can pass. */
export function outboxCases({ durable }: { durable: boolean }): OutboxCase[] {
  const onlyDurable = durable && { ...durabilityCases, ...deadLetterCases }
  const promises = { ...claimCases, ...settleCases, ...waitingCases, ...onlyDurable }
  return Object.entries(promises).map(([name, promise]) => ({
    name,
    run: async (make) => {
      // Not `await using`: its helper would be a file that whoever imports the package loads.
      const trial = new Trial(await make())
      await promise(trial).finally(() => trial.dispose())
    },
  }))
}
