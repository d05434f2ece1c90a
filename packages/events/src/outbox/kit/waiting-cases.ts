import type { WaitingCustomer } from '../outbox.ts'
import { type Case, entryOf, expectSame, type Trial } from './trial.ts'

const longMs = 600_000

/** Promises of an outbox that has `waiting`; one that does without it has nothing to promise here. */
export const waitingCases: Record<string, Case> = {
  'where it tells who waits, it lists customers with pending entries, the one with the oldest first': async (trial) => {
    if (trial.outbox.waiting === undefined) return
    expectSame(await listed(trial), [], 'of nothing')
    const b = { acceptedAt: 1_000, environment: 'production' } as const
    await trial.outbox.append([entryOf('b:1', b), entryOf('a:1', { acceptedAt: 2_000 })])
    await trial.outbox.append([entryOf('b:2', { acceptedAt: 3_000 }), entryOf('c:1', { acceptedAt: 4_000 })])
    const rest = { attempts: 0, dueInMs: 0, isLent: false }
    const all = [
      { customerId: 'b', environment: 'production', pending: 2, oldestAt: 1_000, ...rest },
      { customerId: 'a', environment: 'test', pending: 1, oldestAt: 2_000, ...rest },
      { customerId: 'c', environment: 'test', pending: 1, oldestAt: 4_000, ...rest },
    ]
    expectSame(await listed(trial), all, 'all of them')
    expectSame(await listed(trial, 2), all.slice(0, 2), 'as many as were asked for')
    expectSame(await listed(trial, 0), [], 'none')
  },

  'where it tells who waits, it tells what is lent, and what waits for a retry, for how long and after how many attempts':
    async (trial) => {
      if (trial.outbox.waiting === undefined) return
      await trial.append('a:1', 'b:1', 'b:2', 'c:1')
      const [a, b, c] = await trial.claim()
      expectSame(await facts(trial), ['a lent', 'b lent', 'c lent'], 'while they are lent')
      await trial.retry(a, longMs)
      await trial.delivered(b)
      await trial.delivered(c)
      expectSame(await facts(trial), ['a waits after 1', 'b due'], 'afterwards')
      await trial.outbox.forget('a')
      expectSame(await facts(trial), ['b due'], 'once it is forgotten')
    },
}

async function listed(trial: Trial, limit = 100): Promise<readonly WaitingCustomer[]> {
  return (await trial.outbox.waiting?.(limit)) ?? []
}

/** In a few words, by the names of the customers. */
async function facts(trial: Trial): Promise<string[]> {
  const lanes = (await listed(trial)).toSorted((one, other) => (one.customerId < other.customerId ? -1 : 1))
  return lanes.map(({ customerId, isLent, dueInMs, attempts }) => {
    if (isLent) return `${customerId} lent`
    return dueInMs > 0 && dueInMs <= longMs ? `${customerId} waits after ${attempts}` : `${customerId} due`
  })
}
