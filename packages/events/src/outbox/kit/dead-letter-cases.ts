import { type Case, entryOf, expectSame } from './trial.ts'

/** Promises about entries that were given up, in an outbox that survives its process. */
export const deadLetterCases: Record<string, Case> = {
  'a dead letter tells what it was, why and when, also after a crash': async (trial) => {
    const entry = entryOf('a:1', { operation: 'identifyCustomer', body: '{"name":"Zoë"}' })
    await trial.outbox.append([entry])
    const death = { reason: 'refused', attempts: 3, status: 400, detail: '400 - unknown event' } as const
    await trial.dead(await trial.claimOne(), death)
    await trial.reopen()
    const letters = await trial.outbox.dead(10)
    expectSame(letters.length, 1, 'letters')
    const { id, entry: kept, diedAt, ...told } = letters[0] ?? ({} as never)
    expectSame({ environment: 'test', ...kept }, { ...entry, environment: 'test' }, 'entry')
    expectSame(told, death, 'why')
    expectSame([typeof id, typeof diedAt], ['string', 'number'], 'its id and when')
    expectSame(await trial.outbox.counts(), { pending: 0, dead: 1 }, 'counts')
  },

  'one that expired without an answer has no status': async (trial) => {
    await trial.append('a:1')
    await trial.dead(await trial.claimOne(), { reason: 'expired', attempts: 0 })
    const [letter] = await trial.outbox.dead(10)
    expectSame([letter?.reason, letter?.attempts, letter?.status], ['expired', 0, undefined], 'why')
  },

  'dead letters are listed oldest first, a page at a time': async (trial) => {
    const names = Array.from({ length: 5 }, (_, index) => `a:${index}`)
    await trial.append(...names)
    for (const _ of names) await trial.dead(await trial.claimOne())
    const listed: string[] = []
    for (let after: string | undefined; ;) {
      const page = await trial.outbox.dead(2, ...(after === undefined ? [] : [after]))
      listed.push(...page.map(({ entry }) => entry.id))
      after = page.at(-1)?.id
      if (after === undefined) break
    }
    expectSame(listed, names, 'order')
  },

  'a dead letter that is replayed goes to the end of its lane, accepted now and with no attempts': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.dead(await trial.claimOne(), { attempts: 5 })
    const [letter] = await trial.outbox.dead(10)
    expectSame(await trial.outbox.replay([letter?.id ?? '', 'unknown']), 1, 'put back')
    expectSame(await trial.outbox.replay([letter?.id ?? '']), 0, 'a second time')
    expectSame(await trial.outbox.counts(), { pending: 2, dead: 0 }, 'counts')
    await trial.delivered(await trial.claimOne())
    const again = await trial.claimOne()
    expectSame([again.entry.id, again.entry.body, again.attempts], ['a:1', entryOf('a:1').body, 0], 'what was put back')
    expectSame(again.entry.acceptedAt === entryOf('a:1').acceptedAt, false, 'accepted when it first was')
  },

  'an id that died can be given again, and then its letter stays': async (trial) => {
    await trial.append('a:1')
    await trial.dead(await trial.claimOne())
    expectSame(await trial.append('a:1'), ['stored'], 'fate')
    const [letter] = await trial.outbox.dead(10)
    expectSame(await trial.outbox.replay([letter?.id ?? '']), 0, 'put back while its id is pending')
    expectSame(await trial.outbox.counts(), { pending: 1, dead: 1 }, 'counts')
  },

  'a dead letter whose id was delivered since stays where it is, so that nothing comes twice': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.dead(await trial.claimOne())
    await trial.dead(await trial.claimOne())
    await trial.outbox.append([entryOf('a:1'), entryOf('a:2', { body: '{"customer_id":"a","event":"mended"}' })])
    expectSame(await trial.drain(), ['a:1', 'a:2'], 'given again')
    const letters = (await trial.outbox.dead(10)).map(({ id }) => id)
    expectSame(await trial.outbox.replay(letters), 0, 'put back')
    expectSame(await trial.drain(), [], 'lent once more')
    expectSame(await trial.outbox.counts(), { pending: 0, dead: 2 }, 'counts')
  },

  'forgetting a customer erases dead letters and remembered ids too': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1')
    const [a, b] = await trial.claim()
    await trial.dead(a)
    await trial.dead(b)
    await trial.delivered(await trial.claimOne())
    expectSame(await trial.outbox.forget('a'), { pending: 0, dead: 1 }, 'forgotten')
    expectSame(await trial.outbox.counts(), { pending: 0, dead: 1 }, 'counts')
    expectSame(await trial.append('a:2'), ['stored'], 'fate of an id that was delivered')
    await trial.reopen()
    expectSame((await trial.outbox.dead(10))[0]?.entry.id, 'b:1', 'the letter that is left')
  },
}
