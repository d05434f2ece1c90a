import { booksCases } from './cases/books-cases.ts'
import { callCases } from './cases/call-cases.ts'
import type { Case, Env, Result, Trait } from './case.ts'
import { contextCases } from './cases/context-cases.ts'
import { deliveryCases } from './cases/delivery-cases.ts'
import { endCases } from './cases/end-cases.ts'
import { inputCases } from './cases/input-cases.ts'
import { optionCases } from './cases/option-cases.ts'
import { orderCases } from './cases/order-cases.ts'
import { outboxCases } from './cases/outbox-cases.ts'
import { platformCases } from './cases/platform-cases.ts'
import { retryCases } from './cases/retry-cases.ts'
import { within } from './time.ts'
import { tokenCases } from './cases/token-cases.ts'
import { wireCases } from './cases/wire-cases.ts'

/** A bound for what hangs, so that it holds up no other case; not a measure. */
const longestMs = 60_000

/** Every promise that is tried on every run time. */
export const suite: readonly Case[] = [
  ...wireCases,
  ...orderCases,
  ...retryCases,
  ...deliveryCases,
  ...callCases,
  ...inputCases,
  ...booksCases,
  ...endCases,
  ...platformCases,
  ...tokenCases,
  ...contextCases,
  ...optionCases,
  ...outboxCases,
]

/** The cases that can be tried on a run time with these traits. */
export function casesFor(traits: readonly Trait[]): Case[] {
  return suite.filter(({ needs = [] }) => needs.every((trait) => traits.includes(trait)))
}

export async function runCase(one: Case, env: Env): Promise<Result> {
  const result = await tryPart(one.name, one.run, env)
  return result.error === undefined && one.afterwards ? tryPart(one.name, one.afterwards, env) : result
}

/** Runs a part of a case: all of it, or what comes before or after an answer. */
export async function tryPart(name: string, part: Case['run'], env: Env): Promise<Result> {
  try {
    await within(longestMs, part(env))
    return { name }
  } catch (thrown) {
    return { name, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }
  }
}
