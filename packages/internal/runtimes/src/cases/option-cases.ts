import {
  type EventTracker,
  type Fetch,
  type GivenEvent,
  QueueFullError,
  type TrackerOptions,
  ValidationError,
} from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, type Env, john, trackerOf } from '../case.ts'

/** Tracks a, b and c of one customer in a queue that holds two, and gives what became of them. */
async function overflow(env: Env, policy: 'drop-oldest' | 'drop-newest'): Promise<string[]> {
  const tracker = trackerOf(env, await Api.answering(env), { queue: { maxEvents: 2, overflow: policy } })
  const deliveries = ['a', 'b', 'c'].map((event) => tracker.trackEvent('user123', event))
  const ends = await Promise.all(deliveries.map((delivery) => delivery.settled()))
  for (const end of ends) if ('error' in end) holds(end.error instanceof QueueFullError, String(end.error))
  const { delivered, dropped } = tracker.stats()
  same([delivered, dropped], [2, 1], 'delivered and dropped')
  return ends.map(({ outcome }) => outcome)
}

function beforeSend(event: GivenEvent): GivenEvent | null {
  if (event.operation === 'identifyCustomer') return { ...event, traits: { ...event.traits, email: 'redacted' } }
  if (event.event === 'fails') throw new Error('no')
  return event.event === 'vetoed' ? null : event
}

export const optionCases: Case[] = [
  {
    name: 'a fetch of your own sends the requests',
    async run(env) {
      const api = await Api.answering(env)
      const seen: string[] = []
      const own: Fetch = async (url, init) => {
        seen.push(init.method)
        return globalThis.fetch(url, init)
      }
      same((await trackerOf(env, api, { fetch: own }).trackEvent('user123', 'x')).status, 200, 'the status')
      same([seen, (await api.arrivals()).length], [['POST'], 1], 'requests')
    },
  },
  {
    name: 'a server that takes nothing for maxDeliveryMs ends what is pending',
    async run(env) {
      const api = await Api.answering(env, { status: 503 })
      const tracker = trackerOf(env, api, { maxDeliveryMs: 200, maxRetries: 1_000_000 })
      const end = await tracker.trackEvent('user123', 'x').settled()
      same('error' in end && [end.outcome, end.error.code], ['rejected', 'timeout'], 'outcome and code')
    },
  },
  {
    name: 'a full queue lets go of its oldest event or of the newest, as it was told to',
    async run(env) {
      same(await overflow(env, 'drop-oldest'), ['dropped', 'delivered', 'delivered'], 'the ends')
      same(await overflow(env, 'drop-newest'), ['delivered', 'delivered', 'dropped'], 'the ends')
    },
  },
  {
    name: 'beforeSend may change or veto an event, and one that fails sends nothing',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api, { beforeSend })
      await tracker.identifyCustomer('user123', john)
      same((await tracker.trackEvent('user123', 'vetoed')).skipped, true, 'skipped')
      await failure(ValidationError, () => tracker.trackEvent('user123', 'fails'))
      const [arrival] = await api.arrivals()
      same(JSON.parse(arrival?.body ?? ''), { customer_id: 'user123', ...john, email: 'redacted' }, 'what arrived')
      same(await api.story(), ['user123:identify'], 'all that arrived')
    },
  },
  {
    name: 'eventNames holds event names to a convention, a pattern or a list',
    async run(env) {
      const api = await Api.answering(env)
      const eventNames: TrackerOptions['eventNames'][] = ['snake_case', /^[a-z]+_click$/g, ['button_click']]
      for (const allowed of eventNames) {
        const tracker = trackerOf(env, api, { ...(allowed !== undefined && { eventNames: allowed }) })
        await tracker.trackEvent('user123', 'button_click')
        const error = await failure(ValidationError, () => tracker.trackEvent('user123', 'Button Click'))
        same(error.issues[0]?.path, 'event', 'the path')
      }
      same((await api.arrivals()).length, 3, 'what arrived')
    },
  },
  {
    name: 'waitUntil is given a promise that ends when nothing is pending',
    async run(env) {
      const promises: Promise<unknown>[] = []
      const waitUntil = (promise: Promise<unknown>) => promises.push(promise)
      const tracker: EventTracker = trackerOf(env, await Api.answering(env), { waitUntil })
      for (let n = 0; n < 3; n++) tracker.trackEvent('user123', 'x')
      same(promises.length, 1, 'the number of promises')
      await promises[0]
      same(tracker.stats().delivered, 3, 'delivered')
    },
  },
]
