import type { Claim } from '../outbox.ts'
import { type Case, entryOf, expectSame } from './trial.ts'

/** Longer than any case runs. */
const longMs = 600_000

/** Promises of every outbox about letting go of what it keeps. */
export const settleCases: Record<string, Case> = {
  'a claim is settled once': async (trial) => {
    await trial.append('a:1', 'a:2')
    const claim = await trial.claimOne()
    expectSame(await trial.delivered(claim), true, 'first')
    expectSame(await trial.delivered(claim), false, 'second')
    expectSame(await trial.retry(claim, 0), false, 'third')
    expectSame(await trial.drain(), ['a:2'], 'left')
  },

  'verdicts that are given together are answered each': async (trial) => {
    await trial.append('a:1', 'b:1', 'c:1', 'd:1')
    const claims = await trial.claim()
    const [a, b, c, d] = claims as [Claim, Claim, Claim, Claim]
    await trial.delivered(a)
    const answers = await trial.outbox.settle([
      [a, { kind: 'delivered' }],
      [b, { kind: 'delivered' }],
      [c, { kind: 'retry', afterMs: 0 }],
      [d, { kind: 'dead', reason: 'refused', attempts: 1 }],
    ])
    expectSame(answers, [false, true, true, true], 'answers')
    expectSame(await trial.drain(), ['c:1'], 'left')
  },

  'a dead head lets its lane go on': async (trial) => {
    await trial.append('a:1', 'a:2')
    expectSame(await trial.dead(await trial.claimOne()), true, 'recorded')
    const next = await trial.claimOne()
    expectSame([next.entry.id, next.attempts], ['a:2', 0], 'next')
  },

  'what is not lent can be removed, what is lent cannot': async (trial) => {
    const { outbox } = trial
    await trial.append('a:1', 'a:2', 'a:3', 'b:1')
    const [head] = await trial.claim(1)
    expectSame(await outbox.remove(entryOf('a:1')), false, 'lent')
    expectSame(await outbox.remove(entryOf('a:2')), true, 'behind it')
    expectSame(await outbox.remove(entryOf('a:2')), false, 'a second time')
    expectSame(await outbox.remove({ customerId: 'b', id: 'a:3' }), false, "another customer's")
    expectSame(await outbox.remove(entryOf('b:1')), true, 'the last of its lane')
    await trial.delivered(head)
    await trial.append('b:2')
    expectSame((await trial.drain()).toSorted(), ['a:3', 'b:2'], 'left')
  },

  'the next one need not wait for the retry of a head that was removed': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.retry(await trial.claimOne(), longMs)
    expectSame(await trial.outbox.remove(entryOf('a:1')), true, 'removed')
    const next = await trial.claimOne()
    expectSame([next.entry.id, next.attempts], ['a:2', 0], 'next')
  },

  'forgetting a customer erases what is pending, lent or waiting, and nobody else': async (trial) => {
    const { outbox } = trial
    await trial.append('a:1', 'a:2', 'b:1', 'c:1', 'd:1')
    const [a, b] = await trial.claim(2)
    await trial.retry(b, longMs)
    expectSame(await outbox.forget('a'), { pending: 2, dead: 0 }, 'of a lent lane')
    expectSame(await outbox.forget('b'), { pending: 1, dead: 0 }, 'of a lane that waits')
    expectSame(await outbox.forget('c'), { pending: 1, dead: 0 }, 'of a lane that is ready')
    expectSame(await outbox.forget('c'), { pending: 0, dead: 0 }, 'a second time')
    expectSame(await trial.delivered(a), false, 'recorded')
    expectSame(await trial.append('a:2', 'b:1', 'c:1'), ['stored', 'stored', 'stored'], 'fates afterwards')
    expectSame((await trial.drain()).toSorted(), ['a:2', 'b:1', 'c:1', 'd:1'], 'left')
  },

  'it counts what is pending, lent or not': async (trial) => {
    const { outbox } = trial
    await trial.append('a:1', 'a:2', 'b:1', 'c:1')
    const [a] = await trial.claim()
    expectSame((await outbox.counts()).pending, 4, 'lent')
    await trial.delivered(a)
    expectSame((await outbox.counts()).pending, 3, 'delivered')
    await outbox.remove(entryOf('a:2'))
    expectSame((await outbox.counts()).pending, 2, 'removed')
    await outbox.forget('c')
    expectSame((await outbox.counts()).pending, 1, 'forgotten')
  },

  'whatever happens, each entry ends once and each customer in order': async (trial) => {
    const delivered: string[] = []
    const removed: string[] = []
    let lent: Claim[] = []
    const end = async (claim: Claim): Promise<void> => {
      if (await trial.delivered(claim)) delivered.push(claim.entry.id)
    }
    for (let step = 0; step < 300; step++) {
      const name = `c${(step * 7) % 13}:${step}`
      await trial.append(name)
      if (step % 17 === 0 && (await trial.outbox.remove(entryOf(name)))) removed.push(name)
      lent.push(...(await trial.claim(step % 4, step % 5 === 0 ? 'fewest-attempts' : 'oldest')))
      expectSame(new Set(lent.map(({ entry }) => entry.customerId)).size, lent.length, 'one claim a customer')
      const [next, ...others] = lent
      lent = others
      if (next !== undefined) await (step % 3 === 0 ? trial.retry(next, 0) : end(next))
    }
    for (const claim of lent) await end(claim)
    delivered.push(...(await trial.drain()))
    expectSame([...removed, ...delivered].length, 300, 'entries that ended')
    expectSame(new Set([...removed, ...delivered]).size, 300, 'entries that ended, each once')
    for (const lane of Object.values(Object.groupBy(delivered, (name) => name.slice(0, name.indexOf(':'))))) {
      const places = (lane ?? []).map((name) => Number(name.slice(name.indexOf(':') + 1)))
      expectSame(
        places,
        places.toSorted((a, b) => a - b),
        'order of a lane',
      )
    }
  },
}
