import { type EventInfo, type EventTracker, QueueFullError, type TrackerStats } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, john, trackerOf } from '../case.ts'

function balances({ accepted, delivered, rejected, dropped, dead, pending }: TrackerStats): boolean {
  return accepted === delivered + rejected + dropped + dead + pending
}

export const booksCases: Case[] = [
  {
    name: 'the counts add up in every hook, microtask and timer',
    async run(env) {
      const api = await Api.answering(env)
      await api.play({ answers: [{}, { status: 400 }, { status: 503 }], repeat: true })
      const unbalanced: TrackerStats[] = []
      const look = () => {
        const report = tracker.stats()
        if (!balances(report)) unbalanced.push(report)
      }
      const tracker: EventTracker = trackerOf(env, api, { onDelivered: look, onError: look, queue: { maxEvents: 9 } })
      const timer = setInterval(look, 1)
      for (let n = 0; n < 12; n++) {
        tracker.trackEvent(`user${n % 3}`, n === 5 ? '' : 'x').then(look, look)
        look()
        queueMicrotask(look)
      }
      const report = await tracker.shutdown()
      clearInterval(timer)
      same(unbalanced, [], 'the reports that do not balance')
      same([report.accepted, report.dropped, report.pending], [12, 2, 0], 'accepted, dropped, pending')
    },
  },
  {
    name: 'onDelivered and onError hear of each event once, and what they throw changes nothing',
    async run(env) {
      const told: string[] = []
      const tell = (what: string, about: EventInfo) => {
        told.push(`${what}:${about.operation}:${about.customerId}:${about.attempts}`)
        throw new Error('a hook of mine')
      }
      const tracker = trackerOf(env, await Api.answering(env, { status: 503 }, {}, { status: 400 }), {
        onDelivered: (_, about) => tell('delivered', about),
        onError: ({ code }, about) => tell(code, about),
      })
      tracker.identifyCustomer('user123', john)
      tracker.trackEvent('user123', 'x')
      tracker.trackEvent('user123', '')
      const { delivered, rejected } = await tracker.shutdown()
      same(
        told.toSorted(),
        ['api:trackEvent:user123:1', 'delivered:identifyCustomer:user123:2', 'validation:trackEvent:user123:0'],
        'what the hooks were told',
      )
      same([delivered, rejected], [1, 2], 'delivered and rejected')
    },
  },
  {
    name: 'a full queue refuses the new event and keeps the others',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api, { queue: { maxEvents: 2, maxBytes: 200 } })
      const kept = [tracker.trackEvent('a', 'x'), tracker.trackEvent('a', 'y')]
      const full = await failure(QueueFullError, () => tracker.trackEvent('a', 'z'))
      const large = await failure(QueueFullError, () => tracker.trackEvent('a', 'ü'.repeat(100)))
      same([full.retryable, large.retryable], [true, false], 'retryable')
      await Promise.all(kept)
      same(tracker.stats(), { accepted: 4, delivered: 2, rejected: 0, dropped: 2, dead: 0, pending: 0 }, 'the counts')
    },
  },
  {
    name: 'a tracker that is not enabled checks its calls and sends nothing',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api, { enabled: false })
      const receipt = await tracker.trackEvent('user123', 'x')
      same([receipt.skipped, receipt.status, receipt.attempts], [true, 0, 0], 'skipped, status and attempts')
      same((await tracker.trackEvent('', 'x').settled()).outcome, 'rejected', 'a call that is not valid')
      same(await api.arrivals(), [], 'what arrived')
    },
  },
  {
    name: 'a logger hears of failures and of pauses',
    async run(env) {
      const lines: string[] = []
      const logger = { warn: (text: string) => lines.push(`warn ${text}`), error: (text: string) => lines.push(text) }
      const api = await Api.answering(env, { status: 429, headers: { 'retry-after': '1' } }, { status: 400 })
      await trackerOf(env, api, { logger }).trackEvent('user123', 'x').settled()
      // On a Node whose fetch was replaced it hears of that first.
      const [pause, failed, ...others] = lines.filter((line) => !line.includes("the platform's fetch"))
      holds(/^warn .*pauses for 1\.\d s.*pending: 1/.test(pause ?? ''), String(pause))
      holds(failed?.startsWith('ApiError: Failed to track event: 400') === true, String(failed))
      same(others.length, 0, 'the number of other lines')
    },
  },
]
