import type { Claim, EntryEnd } from '../outbox.ts'
import type { Owner, Owners, SharedCase } from './owner.ts'
import { entryOf, expectSame, idsOf } from './trial.ts'

/** Longer than two owners need for a few calls, and short enough to really wait for. */
const leaseMs = 1_000
/** Long enough for news that must not come. */
const quietMs = 100

/** Promises of an outbox that several owners share, such as tabs or machines. */
export const sharedCases: Record<string, SharedCase> = {
  'what one owner appends another lends, in the order of all': async (lender, other, owners) => {
    for (const [owner, name] of [
      [other, 'a:1'],
      [lender, 'a:2'],
      [other, 'a:3'],
      [lender, 'b:1'],
      [other, 'b:2'],
    ] as const) {
      await owner.append(name)
    }
    const order = await owners.drain(5)
    expectSame(
      order.filter((name) => name.startsWith('a')),
      ['a:1', 'a:2', 'a:3'],
      'order of a customer',
    )
    expectSame(order.slice().toSorted(), ['a:1', 'a:2', 'a:3', 'b:1', 'b:2'], 'all')
    for (const owner of [lender, other]) {
      expectSame(await owner.outbox.counts(), { pending: 0, dead: 0 }, 'counts')
    }
  },

  'a customer is lent to one owner at a time, though all of them ask at once': async (lender, other, owners) => {
    const customers = ['a', 'b', 'c', 'd', 'e']
    const names = customers.flatMap((customer) => [1, 2, 3].map((event) => `${customer}:${event}`))
    await Promise.all(names.map((name, at) => (at % 2 === 0 ? lender : other).append(name)))
    const delivered: string[] = []
    while (delivered.length < names.length) {
      const lent = await Promise.all([lender, other, lender, other].map((owner) => owner.claim(3)))
      const all = lent.flat()
      expectSame(new Set(all.map(({ entry }) => entry.customerId)).size, all.length, 'one claim a customer')
      for (const [at, claims] of lent.entries()) {
        for (const claim of claims) {
          expectSame(await (at % 2 === 0 ? lender : other).delivered(claim), true, 'recorded')
          delivered.push(claim.entry.id)
        }
      }
      if (all.length === 0) await owners.pass(1)
    }
    expectSame(delivered.toSorted(), names, 'each once')
  },

  'what a dead owner had lent is lent again, and nothing gets past it': async (lender, other, owners) => {
    await other.append('a:1', 'a:2')
    const [claim] = await lender.claim(1, leaseMs)
    expectSame(claim?.entry.id, 'a:1', 'lent')
    await owners.kill(lender)
    await owners.pass(leaseMs)
    expectSame(await owners.drain(2), ['a:1', 'a:2'], 'order')
  },

  'an owner that closes leaves what is pending to the others': async (lender, other, owners) => {
    await lender.append('a:1', 'a:2')
    await other.append('a:3')
    await lender.outbox.close()
    owners.all.splice(owners.all.indexOf(lender), 1)
    expectSame(await owners.drain(3), ['a:1', 'a:2', 'a:3'], 'order')
  },

  'an owner is told once how its entries have ended elsewhere, and nobody else is': async (lender, other, owners) => {
    await other.append('a:1', 'b:1', 'c:1', 'd:1')
    await lender.append('a:2')
    const claims = await claimsOf(lender, owners, 4)
    const died = { kind: 'dead', reason: 'refused', attempts: 2, status: 400, detail: '400 - unknown event' } as const
    await lender.delivered(claims.get('a:1'))
    await lender.settle(claims.get('b:1'), died)
    await lender.outbox.forget('c')
    await lender.settle(claims.get('d:1'), { kind: 'retry', afterMs: 0 })
    const ends = await endsOf(other, owners, 3)
    expectSame(
      ends.map(({ id, kind }) => `${id} ${kind}`).toSorted(),
      ['a:1 delivered', 'b:1 dead', 'c:1 forgotten'],
      'told',
    )
    expectSame(
      { environment: 'test', ...ends.find(({ kind }) => kind === 'dead') },
      { ...died, customerId: 'b', id: 'b:1', environment: 'test' },
      'how it died',
    )
    const rest = await claimsOf(lender, owners, 2)
    for (const claim of rest.values()) await lender.delivered(claim)
    await endsOf(other, owners, 4)
    await owners.pass(quietMs)
    expectSame([other.ends.length, lender.ends.length], [4, 0], 'told in all')
  },

  'ids are known to all owners, and who gives one that is pending is told of its end': async (
    lender,
    other,
    owners,
  ) => {
    await lender.append('a:1')
    expectSame(await other.append('a:1'), ['pending'], 'pending')
    const changed = entryOf('a:1', { body: '{"customer_id":"a","event":"other"}' })
    expectSame(await other.outbox.append([changed]), ['taken'], 'with other data')
    const claims = await claimsOf(lender, owners, 1)
    await lender.delivered(claims.get('a:1'))
    expectSame(await other.append('a:1'), ['done'], 'delivered')
    expectSame(
      (await endsOf(other, owners, 1)).map(({ id, kind }) => [id, kind]),
      [['a:1', 'delivered']],
      'told',
    )
  },

  'forgetting a customer erases what all owners have stored, lent or not': async (lender, other, owners) => {
    await lender.append('a:1')
    await other.append('a:2', 'b:1')
    const claims = await claimsOf(lender, owners, 2)
    expectSame(await other.outbox.forget('a'), { pending: 2, dead: 0 }, 'forgotten')
    expectSame(await lender.delivered(claims.get('a:1')), false, 'recorded')
    expectSame(await lender.delivered(claims.get('b:1')), true, "another customer's")
    expectSame(
      (await endsOf(lender, owners, 1)).map(({ id, kind }) => [id, kind]),
      [['a:1', 'forgotten']],
      'told',
    )
    await other.append('a:3')
    expectSame(await owners.drain(1), ['a:3'], 'left')
  },

  'a dead letter that one owner replays another lends, and its end is told': async (lender, other, owners) => {
    await lender.append('a:1')
    const claims = await claimsOf(lender, owners, 1)
    await lender.settle(claims.get('a:1'), { kind: 'dead', reason: 'refused', attempts: 1 })
    const [letter] = await other.outbox.dead(1)
    expectSame(await other.outbox.replay([letter?.id ?? '']), 1, 'put back')
    const again = await claimsOf(lender, owners, 1)
    await lender.delivered(again.get('a:1'))
    expectSame(
      (await endsOf(other, owners, 1)).map(({ id, kind }) => [id, kind]),
      [['a:1', 'delivered']],
      'told',
    )
  },

  'only the owner that has stored an entry tells for how long': async (lender, other, owners) => {
    await lender.append('a:1')
    await other.append('b:1')
    const claims = await claimsOf(lender, owners, 2)
    expectSame(typeof claims.get('a:1')?.storedForMs, 'number', 'of its own')
    expectSame(claims.get('b:1')?.storedForMs, undefined, 'of another one')
  },
}

/** Waits until an owner has lent so many. */
async function claimsOf(owner: Owner, owners: Owners, count: number): Promise<Map<string, Claim>> {
  const claims: Claim[] = []
  return owners.until(`${count} claims`, async () => {
    claims.push(...(await owner.claim()))
    if (claims.length > count) throw new Error(`expected ${count} claims, not ${idsOf(claims).join(', ')}`)
    return claims.length === count ? new Map(claims.map((claim) => [claim.entry.id, claim])) : undefined
  })
}

/** Waits until an owner has been told of so many ends. */
function endsOf(owner: Owner, owners: Owners, count: number): Promise<readonly EntryEnd[]> {
  return owners.until(`news of ${count} ends`, () => (owner.ends.length >= count ? owner.ends : undefined))
}
