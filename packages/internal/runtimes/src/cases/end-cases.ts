import { ClosedError, EventTracker } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { abandon, type Case, tenEvents, trackerOf } from '../case.ts'

export const endCases: Case[] = [
  {
    name: 'flush waits for what was accepted before it, and for nothing else',
    async run(env) {
      const api = await Api.answering(env, {}, { fault: 'hang' })
      const tracker = trackerOf(env, api)
      tracker.trackEvent('a', 'x')
      const flushed = tracker.flush()
      tracker.trackEvent('a', 'y')
      const { accepted, delivered, pending } = await flushed
      same([accepted, delivered, pending], [2, 1, 1], 'accepted, delivered and pending')
      await abandon(tracker)
    },
  },
  {
    name: 'flush gives its report at the deadline, and nothing is lost by it',
    async run(env) {
      const api = await Api.answering(env, { isHeld: true })
      const tracker = trackerOf(env, api)
      const delivery = tracker.trackEvent('user123', 'x')
      await api.reached(1)
      same((await tracker.flush({ timeoutMs: 20 })).pending, 1, 'pending')
      await api.play({ answers: [{}] })
      same((await delivery).status, 200, 'the status')
    },
  },
  {
    name: 'shutdown against a server that hangs keeps its deadline, ends everything and says so in one report',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env, { fault: 'hang' }))
      const deliveries = Array.from({ length: 10 }, (_, n) => tracker.trackEvent(`user${n}`, 'x'))
      const reports = await Promise.all([tracker.shutdown({ timeoutMs: 100 }), tracker.shutdown()])
      const books = { accepted: 10, delivered: 0, rejected: 0, dropped: 10, dead: 0, pending: 0 }
      same(reports, [books, books], 'the reports')
      for (const delivery of deliveries) await failure(ClosedError, () => delivery)
      const late = await failure(ClosedError, () => tracker.trackEvent('user123', 'late'))
      holds(late.message.includes('make a new one'), late.message)
    },
  },
  {
    name: 'shutdown and await using deliver what is pending first',
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, {})
      {
        await using tracker = trackerOf(env, api)
        tracker.trackEvent('user123', 'in_a_block')
      }
      same((await api.story()).at(-1), 'user123:in_a_block', 'what arrived')
      const tracker = trackerOf(env, api)
      for (let n = 0; n < 10; n++) tracker.trackEvent('user123', `event${n}`)
      same((await tracker.shutdown()).delivered, 10, 'delivered')
      same((await api.story()).slice(-10), tenEvents, 'what arrived')
    },
  },
  {
    name: 'making a tracker starts nothing: no request, no timer',
    async run(env) {
      const api = await Api.answering(env)
      const timers: number[] = []
      const clock = { now: () => 0, setTimeout: (_: () => void, ms: number) => timers.push(ms), clearTimeout() {} }
      const tracker = trackerOf(env, api, { clock })
      same([tracker instanceof EventTracker, timers, await api.arrivals()], [true, [], []], 'timers and requests')
    },
  },
]
