import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { Delivery, markStored, settle, type Settlement, wasAsked } from '../../src/delivery/delivery.ts'
import { ClosedError, TimeoutError } from '../../src/errors/errors.ts'
import type { Receipt } from '../../src/event/receipt.ts'

const moment = new Date('2026-01-01T00:00:00Z')
const receipt: Receipt = { id: 'e1', status: 200, attempts: 1, data: 'secret', acceptedAt: moment, deliveredAt: moment }
const error = new TimeoutError('No answer')
const delivered: Settlement = { outcome: 'delivered', receipt }
const rejected: Settlement = { outcome: 'rejected', error }

const unhandled: unknown[] = []
const note = (reason: unknown): void => {
  unhandled.push(reason)
}
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

/** Anybody's function that was written for promises. */
function statusOf(promise: Promise<Receipt>): Promise<number> {
  return promise.then(({ status }) => status)
}

/** Two turns: Node reports an unhandled rejection after the microtasks of the turn in which it came. */
async function turns(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

function ended(settlement: Settlement): Delivery {
  const delivery = new Delivery('e1')
  settle(delivery, settlement)
  return delivery
}

test('it takes the place of a promise of a receipt, in types too', async () => {
  expectTypeOf<Delivery>().toExtend<Promise<Receipt>>()
  expectTypeOf<Awaited<Delivery>>().toEqualTypeOf<Receipt>()
  const promise: Promise<Receipt> = ended(delivered)
  const chained: Promise<number> = statusOf(promise)
  await expect(chained).resolves.toBe(200)
  const [first, second] = await Promise.all([promise, ended(delivered)])
  expectTypeOf(first).toEqualTypeOf<Receipt>()
  expect([first, second]).toEqual([receipt, receipt])
})

describe('awaited', () => {
  test('before the end, after it, twice and by many, it gives the same receipt', async () => {
    const delivery = new Delivery('e1')
    const early = [delivery.then(), delivery.then(), Promise.resolve(delivery), (async () => await delivery)()]
    settle(delivery, delivered)
    const late = [delivery.then(), (async () => await delivery)()]
    for (const given of await Promise.all([...early, ...late])) expect(given).toBe(receipt)
    await turns()
    expect(await delivery).toBe(receipt)
  })

  test('it throws the same error to everybody who asks', async () => {
    const delivery = new Delivery('e1')
    const early = [
      delivery.catch((thrown: unknown) => thrown),
      Promise.resolve(delivery).catch((thrown: unknown) => thrown),
    ]
    settle(delivery, rejected)
    const late = delivery.then(undefined, (thrown: unknown) => thrown)
    for (const thrown of await Promise.all([...early, late])) expect(thrown).toBe(error)
    await expect(delivery).rejects.toBe(error)
  })

  test('it keeps to its first end', async () => {
    const delivery = ended(delivered)
    settle(delivery, rejected)
    expect(await delivery).toBe(receipt)
    const asked = new Delivery('e1')
    const settled = asked.settled()
    settle(asked, rejected)
    settle(asked, delivered)
    expect(await settled).toEqual(rejected)
    expect(await asked.settled()).toEqual(rejected)
    expect(asked.toJSON().state).toBe('rejected')
  })

  test('a skipped event is awaited like a delivered one', async () => {
    expect(await ended({ outcome: 'skipped', receipt: { ...receipt, status: 0, skipped: true } })).toMatchObject({
      skipped: true,
    })
  })

  test('a dropped one throws', async () => {
    const closed = new ClosedError('Closed')
    await expect(ended({ outcome: 'dropped', error: closed })).rejects.toBe(closed)
  })

  test('combinators see a promise', async () => {
    const [good, bad] = [ended(delivered), ended(rejected)]
    expect(await Promise.allSettled([good, bad])).toEqual([
      { status: 'fulfilled', value: receipt },
      { status: 'rejected', reason: error },
    ])
    expect(await Promise.any([bad, good])).toBe(receipt)
    expect(await Promise.race([new Delivery('e2'), good])).toBe(receipt)
  })
})

describe('chained', () => {
  test('then, catch and finally pass on as promises do', async () => {
    const calls: string[] = []
    const good = ended(delivered)
    expect(await good.then(({ id }) => id)).toBe('e1')
    expect(await good.then(null, null)).toBe(receipt)
    expect(await good.catch(() => 'unused')).toBe(receipt)
    expect(await good.finally(() => void calls.push('good'))).toBe(receipt)
    const bad = ended(rejected)
    expect(await bad.catch(() => 'caught')).toBe('caught')
    await expect(bad.finally(() => void calls.push('bad'))).rejects.toBe(error)
    await expect(bad.finally(null)).rejects.toBe(error)
    await expect(bad.then(() => 'unused')).rejects.toBe(error)
    expect(calls).toEqual(['good', 'bad'])
  })

  test('what a callback throws rejects the chain alone', async () => {
    const delivery = ended(delivered)
    const chain = delivery.then(() => {
      throw error
    })
    await expect(chain).rejects.toBe(error)
    expect(await delivery).toBe(receipt)
  })

  test('callbacks run after the code that asked', async () => {
    const order: string[] = []
    const chain = ended(delivered).then(() => order.push('callback'))
    order.push('asked')
    await chain
    expect(order).toEqual(['asked', 'callback'])
  })
})

describe('left alone', () => {
  test('a failure that nobody asks for is never an unhandled rejection', async () => {
    const delivery = ended(rejected)
    await turns()
    expect(unhandled).toEqual([])
    expect(wasAsked(delivery)).toBe(false)
  })

  test('neither is one that is looked at, or waited for as a value', async () => {
    const delivery = new Delivery('e1')
    void delivery.settled()
    inspect(delivery)
    JSON.stringify(delivery)
    settle(delivery, rejected)
    void delivery.settled()
    await turns()
    expect(unhandled).toEqual([])
  })

  test('once a promise was made of it, the rules of promises hold', async () => {
    void ended(rejected).then(() => undefined)
    await turns()
    expect(unhandled).toEqual([error])
  })

  test('it is known whether anybody has asked', () => {
    const asking: ((delivery: Delivery) => unknown)[] = [
      (delivery) => delivery.then(() => undefined),
      (delivery) => delivery.catch(() => undefined),
      (delivery) => delivery.finally(() => undefined),
      (delivery) => delivery.settled(),
    ]
    for (const ask of asking) {
      const delivery = ended(delivered)
      expect(wasAsked(delivery)).toBe(false)
      ask(delivery)
      expect(wasAsked(delivery)).toBe(true)
    }
  })
})

describe('settled()', () => {
  test.each([delivered, rejected, { outcome: 'dropped', error } as const])(
    'never rejects: $outcome',
    async (settlement) => {
      const delivery = new Delivery('e1')
      const early = delivery.settled()
      expect(early).toBeInstanceOf(Promise)
      settle(delivery, settlement)
      expect(await early).toEqual(settlement)
      expect(await delivery.settled()).toEqual(settlement)
      await turns()
      expect(unhandled).toEqual([])
    },
  )

  test('tells by its outcome what it holds', () => {
    expectTypeOf<Settlement & { outcome: 'delivered' }>().toHaveProperty('receipt')
    expectTypeOf<Settlement & { outcome: 'rejected' }>().toHaveProperty('error')
  })
})

test.each<[string, Delivery]>([
  ['pending', new Delivery('e1')],
  ['delivered', ended(delivered)],
  ['rejected', ended(rejected)],
  ['dropped', ended({ outcome: 'dropped', error })],
])('inspect and JSON show its id and its state only: %s', (state, delivery) => {
  expect(JSON.parse(JSON.stringify(delivery))).toEqual({ id: 'e1', state })
  for (const shown of [
    inspect(delivery),
    inspect({ delivery }, { depth: 0 }),
    inspect(delivery, { showHidden: true }),
  ]) {
    expect(shown).toContain(`Delivery { id: 'e1', state: '${state}' }`)
  }
  const visible = Reflect.ownKeys(delivery).filter((key) => Object.prototype.propertyIsEnumerable.call(delivery, key))
  expect(visible).toEqual([])
  expect(Object.prototype.toString.call(delivery)).toBe('[object Delivery]')
})

test('stored resolves once the event cannot be lost: when an outbox has it, or the API', async () => {
  const [kept, sent] = [new Delivery('e1'), new Delivery('e2')]
  const waits = [kept.stored, sent.stored]
  markStored(kept)
  settle(sent, delivered)
  const all = [...waits, kept.stored, sent.stored, ended(delivered).stored]
  settle(kept, rejected)
  expect(await Promise.all([...all, kept.stored])).toEqual(Array.from({ length: 6 }, () => undefined))
})

test('stored rejects with what ended the event, and is no unhandled rejection while it is only looked at', async () => {
  const [early, late] = [new Delivery('e1'), ended(rejected)]
  const wait = early.stored
  void late.stored
  settle(early, rejected)
  await turns()
  expect(unhandled).toEqual([])
  await expect(wait).rejects.toBe(error)
  await expect(late.stored).rejects.toBe(error)
})
