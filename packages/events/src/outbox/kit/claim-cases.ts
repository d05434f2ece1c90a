import { type Case, entryOf, expectSame, idsOf } from './trial.ts'

/** Longer than any case runs. */
const longMs = 600_000
/** Longer than two calls take on a busy machine, and short enough to really wait for. */
const waitMs = 1_000

/** Promises of every outbox about lending what it keeps. */
export const claimCases: Record<string, Case> = {
  'an empty outbox lends nothing, waits for nothing and counts nothing': async (trial) => {
    expectSame(await trial.claim(), [], 'claims')
    expectSame(await trial.outbox.dueInMs(), Infinity, 'dueInMs')
    expectSame(await trial.outbox.counts(), { pending: 0, dead: 0 }, 'counts')
    expectSame(await trial.outbox.append([]), [], 'fates of nothing')
    expectSame(await trial.outbox.settle([]), [], 'answers to nothing')
  },

  'an entry comes back as it was given': async (trial) => {
    const entry = entryOf('a:1', { operation: 'identifyCustomer', body: '{"name":"Zoë 🚀\\u0000\\"","n":1.5}' })
    expectSame(await trial.outbox.append([entry]), ['stored'], 'fate')
    const { entry: back, attempts } = await trial.claimOne()
    const { id, customerId, operation, body, acceptedAt, environment = 'test' } = back
    const came = { id, customerId, operation, body, acceptedAt, environment, attempts }
    expectSame(came, { ...entry, environment: 'test', attempts: 0 }, 'entry')
  },

  'an entry goes where it was accepted for, in one lane with those that go elsewhere': async (trial) => {
    await trial.outbox.append([entryOf('a:1', { environment: 'production' })])
    await trial.outbox.append([entryOf('a:2')])
    const wanted = ['production', 'test']
    for (const environment of wanted) {
      const claim = await trial.claimOne()
      expectSame(claim.entry.environment ?? 'test', environment, `environment of ${claim.entry.id}`)
      await trial.delivered(claim)
    }
  },

  'a customer has one claim at a time, and what came first is first': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.append('a:3')
    const first = await trial.claimOne()
    expectSame(first.entry.id, 'a:1', 'first')
    await trial.append('a:4')
    expectSame(idsOf(await trial.claim()), [], 'claims while the head is lent')
    expectSame(await trial.delivered(first), true, 'recorded')
    expectSame(await trial.drain(), ['a:2', 'a:3', 'a:4'], 'order')
  },

  'calls that nobody waits for between take effect in their order': async (trial) => {
    const names = Array.from({ length: 40 }, (_, index) => `a:${index}`)
    await Promise.all(names.map((name) => trial.append(name)))
    expectSame(await trial.drain(), names, 'order')
  },

  'it lends no more than it is asked for, and the lanes take turns': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1', 'c:1')
    expectSame(idsOf(await trial.claim(0)), [], 'claims of none')
    const two = await trial.claim(2)
    expectSame(idsOf(two), ['a:1', 'b:1'], 'first two')
    expectSame(idsOf(await trial.claim(2)), ['c:1'], 'the rest')
    await trial.delivered(two[0])
    expectSame(idsOf(await trial.claim()), ['a:2'], 'after a:1')
  },

  'a customer with many events lets the others pass': async (trial) => {
    await trial.append(...Array.from({ length: 20 }, (_, index) => `a:${index}`), 'b:1', 'c:1', 'b:2')
    expectSame((await trial.drain()).slice(0, 6), ['a:0', 'b:1', 'c:1', 'a:1', 'b:2', 'a:2'], 'order')
  },

  'a retry waits at the head of its lane and counts, and holds up nobody else': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1')
    await trial.retry((await trial.claim(1))[0], longMs)
    expectSame(idsOf(await trial.claim()), ['b:1'], 'while a waits')
    const dueInMs = await trial.outbox.dueInMs()
    expectSame(dueInMs > 0 && dueInMs <= longMs, true, `dueInMs ${dueInMs} within the wait`)
  },

  'a wait ends when it was asked to, and what waited is first again': async (trial) => {
    await trial.append('a:1', 'a:2')
    for (const attempts of [0, 1, 2]) {
      const claim = await trial.claimOne()
      expectSame([claim.entry.id, claim.attempts], ['a:1', attempts], 'head and attempts')
      await trial.retry(claim, waitMs)
      expectSame(idsOf(await trial.claim()), [], 'while it waits')
      await trial.pass(waitMs)
      expectSame(await trial.outbox.dueInMs(), 0, 'dueInMs afterwards')
    }
    await trial.delivered(await trial.claimOne())
    expectSame((await trial.claimOne()).attempts, 0, 'attempts of the next one')
  },

  'a claim that is released is due at once and has spent no attempt': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1')
    for (const claim of await trial.claim()) await trial.settle(claim, { kind: 'release' })
    const again = await trial.claim()
    expectSame(idsOf(again).toSorted(), ['a:1', 'b:1'], 'lent again')
    expectSame(
      again.map(({ attempts }) => attempts),
      [0, 0],
      'attempts',
    )
  },

  'the head with the fewest attempts can be asked for': async (trial) => {
    await trial.append('a:1', 'b:1', 'c:1')
    const [a, b, c] = await trial.claim()
    await trial.retry(a, 0)
    await trial.retry(b, 0)
    await trial.retry(c, longMs)
    await trial.retry((await trial.claim(1))[0], 0)
    expectSame(idsOf(await trial.claim(1, 'fewest-attempts')), ['b:1'], 'probe')
    await trial.append('d:1')
    expectSame(idsOf(await trial.claim(1, 'fewest-attempts')), ['d:1'], 'next probe')
  },
}
