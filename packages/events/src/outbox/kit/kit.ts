/**
 * What every outbox must do, as cases that run under any test framework.
 *
 * @example
 * for (const { name, run } of outboxCases({ durable: true })) test(name, () => run(makeSubject))
 */
export type { Entry } from '../../event/event.ts'
import { deadLetterCases } from './dead-letter-cases.ts'
import { durableCases } from './durability-cases.ts'
import { endingCases } from './settle-cases.ts'
import { lendingCases } from './claim-cases.ts'
import { refusalCases } from './refusal-cases.ts'
import { type Make, Trial } from './trial.ts'

export type { Make, Subject } from './trial.ts'
export type {
  Answer,
  Claim,
  DeadLetter,
  Death,
  DeathReason,
  Fate,
  First,
  Outbox,
  Refusals,
  Verdict,
} from '../outbox.ts'

/** One promise of an outbox. */
export interface OutboxCase {
  /** A sentence, for the name of a test. */
  name: string
  /** @throws (as the promise's rejection) an Error that says what was expected and what came */
  run: (make: Make) => Promise<void>
}

/** The cases for an outbox; with `durable`, those too that only one that survives its process can pass. */
export function outboxCases({ durable }: { durable: boolean }): OutboxCase[] {
  const onlyDurable = durable && { ...durableCases, ...deadLetterCases, ...refusalCases }
  const promises = { ...lendingCases, ...endingCases, ...onlyDurable }
  return Object.entries(promises).map(([name, promise]) => ({
    name,
    run: async (make) => {
      await using trial = new Trial(await make())
      await promise(trial)
    },
  }))
}
