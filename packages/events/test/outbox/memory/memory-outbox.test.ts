import type { OutboxEntry } from '../../../src/event/event.ts'
import { expect, test } from 'vitest'
import { MemoryOutbox } from '../../../src/outbox/memory/memory-outbox.ts'
import type { Claim } from '../../../src/outbox/outbox.ts'

/** An outbox with a clock that stands still until it is moved, and entries named `customer:event`. */
function outboxAt(...names: string[]) {
  const clock = { ms: 1_000 }
  const outbox = new MemoryOutbox(() => clock.ms)
  const entries = new Map<string, OutboxEntry>()
  const append = (...more: string[]): void => {
    for (const name of more) {
      const entry: OutboxEntry = {
        id: name,
        customerId: name.split(':')[0] ?? '',
        operation: 'trackEvent',
        body: '{}',
        acceptedAt: 0,
      }
      entries.set(name, entry)
      outbox.append([entry])
    }
  }
  append(...names)
  return {
    clock,
    outbox,
    append,
    claim: (max = 100, first: 'oldest' | 'fewest-attempts' = 'oldest') => outbox.claim(max, 60_000, first),
    remove: (name: string) => outbox.remove(entries.get(name) as OutboxEntry),
    done: (claim?: Claim) => outbox.settle([[claim as Claim, { kind: 'delivered' }]]),
    retry: (claim: Claim | undefined, afterMs: number) => outbox.settle([[claim as Claim, { kind: 'retry', afterMs }]]),
  }
}

const ids = (claims: Claim[]): string[] => claims.map(({ entry }) => entry.id)

/** Takes out what is left, one at a time. */
function drain({ claim, done }: ReturnType<typeof outboxAt>): string[] {
  const order: string[] = []
  for (let [next] = claim(1); next !== undefined; [next] = claim(1)) {
    order.push(next.entry.id)
    done(next)
  }
  return order
}

test('an empty outbox has nothing to claim and nothing to wait for', () => {
  const { outbox, claim } = outboxAt()
  expect(claim()).toEqual([])
  expect(outbox.dueInMs()).toBe(Infinity)
})

test('a customer has one claim at a time, and what came first is first', () => {
  const box = outboxAt('a:1', 'a:2', 'a:3')
  const [first] = box.claim()
  expect(first).toMatchObject({ entry: { id: 'a:1' }, attempts: 0 })
  expect(box.claim()).toEqual([])
  box.append('a:4')
  expect(box.claim()).toEqual([])
  box.done(first)
  expect(drain(box)).toEqual(['a:2', 'a:3', 'a:4'])
})

test('it lends no more than it is asked for', () => {
  const { claim } = outboxAt('a:1', 'b:1', 'c:1')
  expect(claim(0)).toEqual([])
  expect(ids(claim(2))).toEqual(['a:1', 'b:1'])
  expect(ids(claim(2))).toEqual(['c:1'])
})

test('a customer with many events lets the others pass', () => {
  const names = Array.from({ length: 50 }, (_, index) => `a:${index}`)
  const box = outboxAt(...names, 'b:1', 'c:1', 'b:2')
  expect(drain(box).slice(0, 6)).toEqual(['a:0', 'b:1', 'c:1', 'a:1', 'b:2', 'a:2'])
})

test('a retry stays at the head of its lane until it is due, and counts', () => {
  const box = outboxAt('a:1', 'a:2', 'b:1')
  box.retry(box.claim(1)[0], 500)
  expect(ids(box.claim())).toEqual(['b:1'])
  box.clock.ms += 499
  expect(box.claim()).toEqual([])
  expect(box.outbox.dueInMs()).toBe(1)
  box.clock.ms += 1
  expect(box.outbox.dueInMs()).toBe(0)
  for (const attempts of [1, 2, 3]) {
    const [again] = box.claim()
    expect(again).toMatchObject({ entry: { id: 'a:1' }, attempts })
    box.retry(again, 0)
  }
  expect(drain(box)).toEqual(['a:1', 'a:2'])
})

test('the attempts of one event are not those of the next', () => {
  const box = outboxAt('a:1', 'a:2')
  box.retry(box.claim()[0], 0)
  box.done(box.claim()[0])
  expect(box.claim()).toMatchObject([{ entry: { id: 'a:2' }, attempts: 0 }])
})

test('a lane tells for how long it has been tried with nothing delivered, over the heads that were given up', () => {
  const box = outboxAt('a:1', 'a:2', 'a:3', 'a:4', 'b:1')
  const [first, other] = box.claim()
  expect([first, other]).toMatchObject([{ failingForMs: 0 }, { failingForMs: 0 }])
  // From when it was lent, not from when it failed.
  box.clock.ms += 30
  box.retry(first, 70)
  box.clock.ms += 70
  const [again] = box.claim()
  expect(again).toMatchObject({ entry: { id: 'a:1' }, failingForMs: 100 })
  box.outbox.settle([[again as Claim, { kind: 'dead', reason: 'refused', attempts: 2 }]])
  box.clock.ms += 50
  const [second] = box.claim()
  expect(second).toMatchObject({ entry: { id: 'a:2' }, attempts: 0, failingForMs: 150 })
  box.outbox.settle([[second as Claim, { kind: 'release' }]])
  const [released] = box.claim()
  expect(released).toMatchObject({ entry: { id: 'a:2' }, failingForMs: 150 })
  box.done(released)
  expect(box.claim()).toMatchObject([{ entry: { id: 'a:3' }, failingForMs: 0 }])
})

test('time in which the process stood still is none in which a lane was tried', () => {
  const time = { elapsed: 0, running: 0 }
  const outbox = new MemoryOutbox(
    () => time.elapsed,
    () => time.running,
  )
  outbox.append([entry('a1')])
  const [lent] = outbox.claim(1, 60_000, 'oldest')
  outbox.settle([[lent as Claim, { kind: 'retry', afterMs: 5 }]])
  time.elapsed += 3_600_000
  time.running += 20
  expect(outbox.claim(1, 60_000, 'oldest')).toMatchObject([{ failingForMs: 20 }])
})

test('one that was lent and given back without an attempt has not failed', () => {
  const box = outboxAt('a:1')
  box.outbox.settle([[box.claim()[0] as Claim, { kind: 'release' }]])
  box.clock.ms += 500
  expect(box.claim()).toMatchObject([{ failingForMs: 0 }])
})

test('waits end in the order of their ends, whatever the order of their beginnings', () => {
  const box = outboxAt('a:1', 'b:1', 'c:1')
  const [a, b, c] = box.claim()
  box.retry(a, 300)
  box.retry(b, 100)
  box.retry(c, 200)
  expect(box.outbox.dueInMs()).toBe(100)
  box.clock.ms += 250
  expect(ids(box.claim())).toEqual(['b:1', 'c:1'])
  expect(box.outbox.dueInMs()).toBe(50)
})

test('one that is ready needs no wait, whatever waits beside it', () => {
  const box = outboxAt('a:1', 'b:1')
  box.retry(box.claim(1)[0], 500)
  expect(box.outbox.dueInMs()).toBe(0)
})

test('the probe is the head with the fewest attempts', () => {
  const box = outboxAt('a:1', 'b:1', 'c:1')
  const [a, b, c] = box.claim()
  box.retry(a, 10)
  box.retry(b, 20)
  box.retry(c, 30)
  box.clock.ms += 30
  for (const claim of box.claim(2)) box.retry(claim, 0)
  expect(box.claim(1, 'fewest-attempts')).toMatchObject([{ entry: { id: 'c:1' }, attempts: 1 }])
  box.append('d:1')
  expect(box.claim(1, 'fewest-attempts')).toMatchObject([{ entry: { id: 'd:1' }, attempts: 0 }])
})

test('a head that is lent cannot be removed, those behind it can', () => {
  const box = outboxAt('a:1', 'a:2', 'a:3', 'a:4')
  const [head] = box.claim()
  expect(box.remove('a:1')).toBe(false)
  expect(box.remove('a:3')).toBe(true)
  expect(box.remove('a:3')).toBe(false)
  box.done(head)
  expect(drain(box)).toEqual(['a:2', 'a:4'])
})

test.each(['a:1', 'a:2', 'a:3'])('any place of a lane that is ready can be emptied: %s', (name) => {
  const box = outboxAt('a:1', 'a:2', 'a:3')
  expect(box.remove(name)).toBe(true)
  box.append('a:4')
  expect(drain(box)).toEqual(['a:1', 'a:2', 'a:3', 'a:4'].filter((other) => other !== name))
})

test('the next one need not wait for the retry of a head that was removed', () => {
  const box = outboxAt('a:1', 'a:2')
  box.retry(box.claim()[0], 10_000)
  expect(box.remove('a:1')).toBe(true)
  expect(box.outbox.dueInMs()).toBe(0)
  const [next] = box.claim()
  expect(next).toMatchObject({ entry: { id: 'a:2' }, attempts: 0 })
  // The end of the wait that was cut short must not lend the lane a second time.
  box.append('a:3')
  box.clock.ms += 10_000
  expect(box.claim()).toEqual([])
  box.done(next)
  expect(drain(box)).toEqual(['a:3'])
})

test('a head whose wait is over can be removed, and the next one is lent once', () => {
  const box = outboxAt('a:1', 'a:2', 'a:3')
  box.retry(box.claim()[0], 100)
  box.clock.ms += 100
  box.claim(0)
  expect(box.remove('a:1')).toBe(true)
  expect(ids(box.claim())).toEqual(['a:2'])
  expect(box.claim()).toEqual([])
})

test('one behind a head that waits can be removed, and the head still waits', () => {
  const box = outboxAt('a:1', 'a:2', 'a:3')
  box.retry(box.claim()[0], 100)
  expect(box.remove('a:2')).toBe(true)
  expect(box.claim()).toEqual([])
  box.clock.ms += 100
  expect(drain(box)).toEqual(['a:1', 'a:3'])
})

test('a wait that was cut short leaves a later wait of the same lane alone', () => {
  const box = outboxAt('a:1', 'a:2')
  box.retry(box.claim()[0], 100)
  box.remove('a:1')
  box.retry(box.claim()[0], 1_000)
  box.clock.ms += 500
  expect(box.claim()).toEqual([])
  box.clock.ms += 500
  expect(drain(box)).toEqual(['a:2'])
})

test('a lane that was emptied by removing is gone, and can begin anew', () => {
  const box = outboxAt('a:1', 'b:1')
  expect(box.remove('a:1')).toBe(true)
  expect(ids(box.claim(1))).toEqual(['b:1'])
  expect(box.outbox.dueInMs()).toBe(Infinity)
  box.append('a:2')
  expect(drain(box)).toEqual(['a:2'])
})

test('a lane that was emptied while it waited can begin anew at once', () => {
  const box = outboxAt('a:1')
  box.retry(box.claim()[0], 10_000)
  expect(box.remove('a:1')).toBe(true)
  box.append('a:2', 'a:3')
  expect(drain(box)).toEqual(['a:2', 'a:3'])
  box.clock.ms += 10_000
  expect(box.claim()).toEqual([])
})

test('what it never had cannot be removed', () => {
  const { outbox, remove, claim, done } = outboxAt('a:1')
  const stranger: OutboxEntry = { id: 'x', customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: 0 }
  expect(outbox.remove(stranger)).toBe(false)
  expect(outbox.remove({ ...stranger, customerId: 'nobody' })).toBe(false)
  done(claim()[0])
  expect(remove('a:1')).toBe(false)
})

test('whatever happens, each event ends once and each customer in order', () => {
  const box = outboxAt()
  const removed: string[] = []
  const delivered: string[] = []
  let lent: Claim[] = []
  const settle = (claim: Claim, afterMs: number | undefined): void => {
    if (afterMs !== undefined) return void box.retry(claim, afterMs)
    delivered.push(claim.entry.id)
    box.done(claim)
  }
  for (let step = 0; step < 3_000; step++) {
    const name = `c${(step * 7) % 13}:${step}`
    box.append(name)
    if (step % 17 === 0 && box.remove(name)) removed.push(name)
    lent.push(...box.claim(step % 4, step % 5 === 0 ? 'fewest-attempts' : 'oldest'))
    expect(new Set(lent.map(({ entry }) => entry.customerId)).size).toBe(lent.length)
    const [next] = lent
    lent = lent.slice(1)
    if (next) settle(next, step % 3 === 0 ? (step % 11) * 10 : undefined)
    box.clock.ms += 7
  }
  for (const claim of lent) settle(claim, undefined)
  box.clock.ms += 1_000
  delivered.push(...drain(box))
  expect(new Set([...removed, ...delivered]).size).toBe(3_000)
  expect(removed.length + delivered.length).toBe(3_000)
  const lanes = Map.groupBy(delivered, (name) => name.split(':')[0])
  for (const lane of lanes.values()) {
    const places = lane.map((name) => Number(name.split(':')[1]))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
})

const entry = (id: string): OutboxEntry => ({
  id,
  customerId: id.slice(0, 1),
  operation: 'trackEvent',
  body: '{}',
  acceptedAt: 0,
})

test('an emptied lane hides neither the head with the fewest attempts nor that nothing is due', () => {
  let now = 0
  const outbox = new MemoryOutbox(() => now)
  outbox.append([entry('a1')])
  outbox.append([entry('z1')])
  for (const claim of outbox.claim(2, 60_000, 'oldest')) outbox.settle([[claim, { kind: 'retry', afterMs: 5 }]])
  now = 10
  outbox.claim(1, 60_000, 'oldest')
  const gone = entry('b1')
  outbox.append([gone])
  outbox.append([entry('c1')])
  outbox.remove(gone)
  expect(ids(outbox.claim(1, 60_000, 'fewest-attempts'))).toEqual(['c1'])
  const alone = new MemoryOutbox(() => now)
  alone.append([gone])
  alone.remove(gone)
  expect(alone.dueInMs()).toBe(Infinity)
})

test('pauses can be ended early, for those lanes alone whose first entry allows for it', () => {
  const { outbox, claim, retry } = outboxAt('ann:1', 'bob:1', 'eve:1', 'ann:2')
  for (const claimed of claim()) retry(claimed, 10_000)
  expect(outbox.dueInMs()).toBe(10_000)
  outbox.hurry(({ customerId }) => customerId !== 'bob')
  expect(outbox.dueInMs()).toBe(0)
  expect(ids(claim()).toSorted((a, b) => a.localeCompare(b))).toEqual(['ann:1', 'eve:1'])
  expect(outbox.dueInMs()).toBe(10_000)
})
