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
import { Owners } from './owner.ts'
import { memoryCases } from './memory-cases.ts'
import { settleCases } from './settle-cases.ts'
import { sharedCases } from './shared-cases.ts'
import { type MakeOutbox, type OutboxUnderTest, Trial } from './trial.ts'
import { waitingCases } from './waiting-cases.ts'

export type { MakeOutbox, OutboxUnderTest } from './trial.ts'
export type {
  MaybePromise,
  Claim,
  DeadLetter,
  DeadLetterInfo,
  DeathReason,
  EntryEnd,
  AppendResult,
  LaneOrder,
  Outbox,
  OutboxNews,
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

/** Parts of the kit that not every outbox has to pass. */
export interface KitParts {
  /** It survives its process. */
  durable: boolean
  /** Several owners share its storage at the same time, such as tabs or machines. */
  shared?: boolean
  /**
   * The milliseconds for which it remembers the ids of what was delivered, such as 30 days: `pass` has to let so much pass
   * in no time.
   */
  remembersMs?: number
}

/** The cases for an outbox; with `durable`, `shared` and `remembersMs`, those too that only such a one can pass. */
export function outboxCases({ durable, shared = false, remembersMs }: KitParts): OutboxCase[] {
  const onlyDurable = durable && { ...durabilityCases, ...deadLetterCases, ...memoryCases(remembersMs) }
  const ofOne = Object.entries({ ...claimCases, ...settleCases, ...waitingCases, ...onlyDurable }).map(
    ([name, promise]) => caseOf(name, (subject) => promise(new Trial(subject))),
  )
  const ofSeveral = Object.entries(shared ? sharedCases : {}).map(([name, promise]) =>
    caseOf(name, (subject) => Owners.run(subject, promise)),
  )
  return [...ofOne, ...ofSeveral]
}

function caseOf(name: string, promise: (subject: OutboxUnderTest) => Promise<void>): OutboxCase {
  return {
    name,
    run: async (make) => {
      const subject = await make()
      // Not `await using`: its helper would be a file that whoever imports the package loads.
      await promise(subject).finally(() => subject.dispose?.())
    },
  }
}
