import type { Claim } from '../outbox.ts'
import { type Case, expectSame, type Trial } from './trial.ts'

/** Short enough to really wait for. */
const shortMs = 50

/** Facts that an outbox which survives its process tells of an entry. */
export const refusalCases: Record<string, Case> = {
  'refusals are counted and told with how long ago they were, other retries are not': async (trial) => {
    await trial.append('a:1')
    const first = await trial.claimOne()
    expectSame(first.refusals, undefined, 'refusals at first')
    await refuse(trial, first)
    await trial.pass(shortMs)
    const second = await trial.claimOne()
    expectRefusals(second, { count: 1, sinceFirst: shortMs, sinceLast: shortMs })
    await trial.retry(second, 0)
    const third = await trial.claimOne()
    expectRefusals(third, { count: 1, sinceFirst: shortMs, sinceLast: shortMs })
    await refuse(trial, third)
    await trial.pass(shortMs)
    const fourth = await trial.claimOne()
    expectRefusals(fourth, { count: 2, sinceFirst: 2 * shortMs, sinceLast: shortMs })
    expectSame(fourth.attempts, 3, 'attempts')
  },

  'refusals survive a crash': async (trial) => {
    await trial.append('a:1')
    for (const _ of [1, 2]) await refuse(trial, await trial.claimOne())
    await trial.reopen()
    expectRefusals(await trial.claimOne(), { count: 2, sinceFirst: 0, sinceLast: 0 })
  },

  'refusals are those of one entry: the next of its lane starts afresh, and so does what is replayed': async (
    trial,
  ) => {
    await trial.append('a:1', 'a:2', 'a:3')
    await refuse(trial, await trial.claimOne())
    await trial.delivered(await trial.claimOne())
    await refuse(trial, await trial.claimOne())
    const refused = await trial.claimOne()
    expectRefusals(refused, { count: 1, sinceFirst: 0, sinceLast: 0 })
    await trial.dead(refused)
    await refuse(trial, await trial.claimOne())
    await trial.outbox.remove({ customerId: 'a', id: 'a:3' })
    const [letter] = await trial.outbox.dead(1)
    await trial.outbox.replay([letter?.id ?? ''])
    const replayed = await trial.claimOne()
    expectSame([replayed.entry.id, replayed.refusals], ['a:2', undefined], 'what was replayed')
  },

  'it tells how long it has stored an entry, but not of one that an earlier process left': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.pass(shortMs)
    const claim = await trial.claimOne()
    expectAtLeast(claim.storedForMs, shortMs, 'storedForMs')
    await trial.settle(claim, { kind: 'release' })
    await trial.reopen()
    await trial.append('a:3')
    for (const id of ['a:1', 'a:2']) {
      const left = await trial.claimOne()
      expectSame([left.entry.id, left.storedForMs], [id, undefined], 'of what was left')
      await trial.delivered(left)
    }
    const own = await trial.claimOne()
    expectAtLeast(own.storedForMs, 0, 'storedForMs of what was stored since')
    await trial.delivered(own)
    await trial.append('a:4')
    expectAtLeast((await trial.claimOne()).storedForMs, 0, 'storedForMs in what had become empty')
  },
}

function refuse(trial: Trial, claim: Claim): Promise<boolean | undefined> {
  return trial.settle(claim, { kind: 'retry', afterMs: 0, isRefusal: true })
}

function expectRefusals(
  { refusals }: Claim,
  { count, sinceFirst, sinceLast }: { count: number; sinceFirst: number; sinceLast: number },
): void {
  expectSame(refusals?.count, count, 'refusals')
  expectAtLeast(refusals?.sinceFirstMs, sinceFirst, 'sinceFirstMs')
  expectAtLeast(refusals?.sinceLastMs, sinceLast, 'sinceLastMs')
}

function expectAtLeast(ms: number | undefined, least: number, what: string): void {
  // A millisecond less, for outboxes that round.
  if (ms === undefined || ms < least - 1) throw new Error(`${what}: expected at least ${least}, not ${ms}`)
}
