import { setTimeout as pass } from 'node:timers/promises'
import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { type Database, createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'

const missing = missingDatabase()
let database: Database
let trackers: EventTracker[] = []
/** The names of events as they arrived, with the machine that sent them. */
let arrived: string[] = []

beforeEach(async ({ skip }) => {
  skip(missing !== undefined, missing)
  database = await createDatabase()
  await migrate(database.url)
  trackers = []
  arrived = []
})
afterEach(async () => {
  await Promise.all(trackers.map((tracker) => tracker.shutdown({ timeoutMs: 0 })))
  await database?.[Symbol.asyncDispose]()
})

/** A tracker on a machine of that name. One that does not send always comes too late to claim anything. */
function machine(name: string, { sends = true, ...options }: TrackerOptions & { sends?: boolean } = {}): EventTracker {
  const outbox = postgresOutbox(database.url)
  if (!sends) Object.assign(outbox, { claim: async () => [], dueInMs: async () => Infinity })
  const tracker = new EventTracker({
    token: 'token-of-the-tests',
    outbox,
    fetch: async (_, { body }) => {
      const { event } = JSON.parse(String(body)) as { event: string }
      arrived.push(event)
      return new Response(JSON.stringify({ by: name }), { status: 200 })
    },
    ...options,
  })
  trackers.push(tracker)
  return tracker
}

test('a call resolves where it was made, whichever machine sends its event, and says that it was another one', async () => {
  const taker = machine('taker', { sends: false })
  const delivery = taker.trackEvent('a', 'one')
  await delivery.stored
  await machine('sender').start()
  expect(await delivery).toMatchObject({ id: delivery.id, elsewhere: true, status: 0, attempts: 0, data: undefined })
  expect(arrived).toEqual(['one'])
})

test('hooks are called once for all, where the event was sent, and the counts are those of each tracker', async () => {
  const heard: string[] = []
  const onDelivered = (name: string) => () => void heard.push(name)
  const taker = machine('taker', { sends: false, onDelivered: onDelivered('taker') })
  const delivery = taker.trackEvent('a', 'one')
  await delivery.stored
  const sender = machine('sender', { onDelivered: onDelivered('sender') })
  await sender.start()
  await delivery
  await expect.poll(() => heard).toEqual(['sender'])
  expect(taker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  await expect.poll(() => sender.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
})

test("a customer's events arrive in the order in which they were stored, whoever took and whoever sent them", async () => {
  const machines = ['a', 'b', 'c'].map((name) => machine(name))
  const names = Array.from({ length: 30 }, (_, at) => `event-${at}`)
  const deliveries: PromiseLike<unknown>[] = []
  for (const [at, name] of names.entries()) {
    const delivery = (machines[at % 3] as EventTracker).trackEvent('customer', name)
    await delivery.stored
    deliveries.push(delivery)
  }
  await Promise.all(deliveries)
  expect(arrived).toEqual(names)
})

test('an id that one machine has delivered is sent by no other, and with other data it is refused', async () => {
  await machine('one').trackEvent('a', 'paid', { id: 'order-1' })
  const other = machine('other')
  expect(await other.trackEvent('a', 'paid', { id: 'order-1' })).toMatchObject({ duplicate: true })
  await expect(other.trackEvent('a', 'refunded', { id: 'order-1' })).rejects.toMatchObject({ code: 'validation' })
  expect(arrived).toEqual(['paid'])
})

test('what a machine was sending when it was shut down goes on elsewhere, before what comes later', async () => {
  const { promise: hangs, resolve: began } = Promise.withResolvers<void>()
  const leaving = machine('leaving', {
    fetch: (_, { signal }) =>
      new Promise((__, reject) => {
        began()
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  })
  await leaving.trackEvent('a', 'first').stored
  await hangs
  const staying = machine('staying')
  const later = staying.trackEvent('a', 'second')
  await later.stored
  await pass(1)
  expect(arrived).toEqual([])
  await leaving.shutdown({ timeoutMs: 0 })
  await later
  expect(arrived).toEqual(['first', 'second'])
})

test('forgetting a customer on one machine ends his calls on all of them', async () => {
  const taker = machine('taker', { sends: false })
  const delivery = taker.trackEvent('a', 'one')
  await delivery.stored
  const forgetting = machine('forgetting', { sends: false })
  expect(await forgetting.forget('a')).toBe(1)
  await expect(delivery).rejects.toMatchObject({ code: 'cancelled' })
  expect(arrived).toEqual([])
})
