import type { Claim } from '../outbox.ts'
import { type Case, entryOf, expectSame, idsOf, type Trial } from './trial.ts'

const longMs = 600_000
/** Short enough to really wait for. */
const shortMs = 50
/** Longer than it takes to reopen an outbox, and short enough to really wait for. */
const leaseMs = 1_000

/** Promises of an outbox that survives its process. */
export const durabilityCases: Record<string, Case> = {
  'what was stored survives a crash, in order': async (trial) => {
    const names = Array.from({ length: 30 }, (_, index) => `${'abc'[index % 3]}:${index}`)
    await Promise.all(names.map((name) => trial.append(name)))
    await trial.reopen()
    expectSame(await trial.drain(), names, 'order')
  },

  'what was delivered, removed or forgotten stays away after a crash': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1', 'c:1')
    await trial.delivered((await trial.claim(1))[0])
    await trial.outbox.remove(entryOf('b:1'))
    await trial.outbox.forget('c')
    await trial.reopen()
    expectSame(await trial.drain(), ['a:2'], 'left')
  },

  'attempts and waits survive a crash': async (trial) => {
    await trial.append('a:1', 'b:1', 'c:1')
    const [a, b] = await trial.claim(2)
    await trial.retry(a, longMs)
    await trial.retry(b, 0)
    await trial.reopen()
    const due = (await trial.claim()).map(({ entry, attempts }) => `${entry.id} after ${attempts}`)
    expectSame(due.toSorted(), ['b:1 after 1', 'c:1 after 0'], 'due')
    const dueInMs = await trial.outbox.dueInMs()
    expectSame(dueInMs > 0 && dueInMs <= longMs, true, `dueInMs ${dueInMs} within the wait`)
  },

  'what was lent at a crash is lent again after its lease, in order': async (trial) => {
    await trial.append('a:1', 'a:2')
    await trial.claim(1, 'oldest', leaseMs)
    await trial.reopen()
    await trial.pass(leaseMs)
    expectSame(await trial.drain(), ['a:1', 'a:2'], 'order')
  },

  'a lease that runs out is lent again, and its first holder has no say any more': async (trial) => {
    await trial.append('a:1', 'a:2')
    const [late] = await trial.claim(1, 'oldest', leaseMs)
    await trial.pass(leaseMs)
    const second = await trial.claimOne()
    expectSame(second.entry.id, 'a:1', 'lent again')
    for (const kind of ['delivered', 'release'] as const) {
      expectSame(await trial.settle(late, { kind }), false, `late ${kind}`)
    }
    expectSame(idsOf(await trial.claim()), [], 'claims while it is lent')
    expectSame(await trial.delivered(second), true, 'its second holder')
    expectSame(await trial.drain(), ['a:2'], 'left')
  },

  'a lease that ran out can still be settled, as long as its entry was not lent again': async (trial) => {
    await trial.append('a:1', 'a:2', 'b:1')
    const late = await trial.claim(2, 'oldest', leaseMs)
    await trial.pass(leaseMs)
    expectSame(await trial.outbox.dueInMs(), 0, 'dueInMs')
    for (const claim of late) expectSame(await trial.delivered(claim), true, `late ${claim.entry.id}`)
    expectSame(await trial.drain(), ['a:2'], 'left')
  },

  'an id that is pending or was delivered is told and not stored again': async (trial) => {
    expectSame(await trial.append('a:1', 'a:2', 'a:1'), ['stored', 'stored', 'pending'], 'twice at once')
    const [head] = await trial.claim(1)
    expectSame(await trial.append('a:1', 'a:2'), ['pending', 'pending'], 'lent and behind it')
    await trial.delivered(head)
    expectSame(await trial.append('a:1', 'a:2'), ['done', 'pending'], 'delivered and pending')
    await trial.reopen()
    expectSame(await trial.append('a:1', 'a:2'), ['done', 'pending'], 'after a crash')
    expectSame(await trial.outbox.append([entryOf('a:1', { customerId: 'b' })]), ['stored'], "another customer's")
    expectSame((await trial.drain()).toSorted(), ['a:1', 'a:2'], 'left')
  },

  'an id that is pending with other data is told and not stored': async (trial) => {
    const others = [
      entryOf('a:1', { body: '{"customer_id":"a","event":"other"}' }),
      entryOf('a:1', { operation: 'identifyCustomer' }),
    ]
    await trial.append('a:1')
    expectSame(await trial.outbox.append(others), ['taken', 'taken'], 'while it waits')
    await trial.claim(1, 'oldest', leaseMs)
    expectSame(await trial.outbox.append(others), ['taken', 'taken'], 'while it is lent')
    await trial.reopen()
    expectSame(await trial.outbox.append(others), ['taken', 'taken'], 'after a crash')
    expectSame(await trial.append('a:1'), ['pending'], 'with its own data')
    await trial.pass(leaseMs)
    const { entry } = await trial.claimOne()
    expectSame([entry.operation, entry.body], [entryOf('a:1').operation, entryOf('a:1').body], 'what is pending')
  },

  'an id that was delivered with other data is told and not stored': async (trial) => {
    const others = [
      entryOf('a:1', { body: '{"customer_id":"a","event":"other"}' }),
      entryOf('a:1', { operation: 'identifyCustomer' }),
    ]
    await trial.append('a:1', 'b:1')
    for (const claim of await trial.claim()) await trial.delivered(claim)
    expectSame(await trial.outbox.append(others), ['taken', 'taken'], 'once it is delivered')
    expectSame(await trial.append('a:1'), ['done'], 'with its own data')
    await trial.reopen()
    expectSame(await trial.outbox.append(others), ['taken', 'taken'], 'after a crash')
    expectSame(await trial.append('a:1'), ['done'], 'with its own data, after a crash')
    expectSame(await trial.drain(), [], 'left')
  },

  'where an entry goes survives a crash, and an id has nothing to do with the same one that goes elsewhere': async (
    trial,
  ) => {
    const production = entryOf('a:1', { environment: 'production' })
    expectSame(await trial.append('a:1'), ['stored'], 'for the test environment')
    expectSame(await trial.outbox.append([production, production]), ['stored', 'pending'], 'for production, twice')
    expectSame(await trial.outbox.remove(production), true, 'the one for production')
    expectSame(await trial.outbox.append([production]), ['stored'], 'for production, again')
    await trial.delivered(await trial.claimOne())
    expectSame(await trial.append('a:1'), ['done'], 'delivered to the test environment')
    expectSame(await trial.outbox.append([production]), ['pending'], 'while it is pending')
    await trial.dead(await trial.claimOne())
    await trial.outbox.append([{ ...production, id: 'a:2' }])
    await trial.reopen()
    const pending = await trial.claimOne()
    expectSame(pending.entry.environment, 'production', 'of what was pending')
    await trial.delivered(pending)
    const [letter] = await trial.outbox.dead(10)
    expectSame(letter?.entry.environment, 'production', 'of the dead letter')
    await trial.outbox.replay([letter?.id ?? ''])
    expectSame((await trial.claimOne()).entry.environment, 'production', 'of what was replayed')
  },

  'a removed id can be given again': async (trial) => {
    await trial.append('a:1')
    await trial.outbox.remove(entryOf('a:1'))
    expectSame(await trial.append('a:1'), ['stored'], 'fate')
    expectSame(await trial.drain(), ['a:1'], 'left')
  },

  'what was asked for before close is carried out, what comes after is refused': async (trial) => {
    const { outbox } = trial
    await trial.append('a:1')
    const claim = await trial.claimOne()
    const last = Promise.all([outbox.append([entryOf('a:2')]), outbox.settle([[claim, { kind: 'delivered' }]])])
    await outbox.close()
    expectSame(await last, [['stored'], [true]], 'answers')
    await outbox.close()
    const refused = await trial.append('a:3').then(
      () => false,
      () => true,
    )
    expectSame(refused, true, 'refused')
    await trial.reopen()
    expectSame(await trial.drain(), ['a:2'], 'left')
  },

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
