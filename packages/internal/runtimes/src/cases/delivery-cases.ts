import { ApiError, ValidationError } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same, textOf } from '../assert.ts'
import { type Case, john, trackerOf } from '../case.ts'
import { UnhandledRejections } from '../unhandled-rejections.ts'

export const deliveryCases: Case[] = [
  {
    name: 'a delivery can be awaited late, twice and by many',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      const delivery = tracker.trackEvent('user123', 'x')
      await tracker.flush()
      const receipts = await Promise.all([delivery, delivery, delivery.settled()])
      same([receipts[0].id, receipts[1].id, receipts[2].outcome], [delivery.id, delivery.id, 'delivered'], 'the ends')
      let finished = 0
      await delivery.finally(() => finished++).then(() => finished++)
      same([finished, await delivery.then(({ status }) => status)], [2, 200], 'then and finally')
    },
  },
  {
    name: 'settled() tells a failure without rejecting',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env, { status: 400 }))
      const end = await tracker.trackEvent('user123', 'x').settled()
      holds('error' in end && end.error instanceof ApiError, 'the error should be the answer')
      same([end.outcome, end.error.kept], ['rejected', false], 'outcome and kept')
    },
  },
  {
    name: 'a failure that nobody awaits is no unhandled rejection, and a real one still is',
    async run(env) {
      await using seen = new UnhandledRejections()
      // oxlint-disable-next-line promise/prefer-await-to-then -- nobody shall listen to it
      void Promise.reject(new Error('a real one'))
      await seen.quiet()
      same(seen.messages, ['a real one'], 'the rejections that were seen')
      const tracker = trackerOf(env, await Api.answering(env, { status: 400 }), { onError: () => undefined })
      tracker.trackEvent('user123', 'refused')
      tracker.trackEvent('', 'not valid')
      void tracker.identifyCustomer('user123', john).settled()
      await tracker.shutdown()
      tracker.trackEvent('user123', 'too late')
      await seen.quiet()
      same(seen.messages, ['a real one'], 'the rejections that were seen')
    },
  },
  {
    name: 'an id that is still on its way shares the outcome and is counted once',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api)
      const options = { id: 'job-1' }
      const [first, again] = [tracker.trackEvent('a', 'x', options), tracker.trackEvent('a', 'x', options)]
      const other = tracker.trackEvent('b', 'x', options)
      same((await first).deliveredAt, (await again).deliveredAt, 'the receipts')
      await other
      same([tracker.stats().accepted, (await api.arrivals()).length], [2, 2], 'accepted, and what arrived')
    },
  },
  {
    name: 'an id cannot be shared by an identify and a track',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      const first = tracker.trackEvent('a', 'x', { id: 'job-1' })
      const error = await failure(ValidationError, () => tracker.identifyCustomer('a', john, { id: 'job-1' }))
      same(
        error.issues.map(({ path }) => path),
        ['id'],
        'the path',
      )
      same((await first).status, 200, 'the status of the first')
    },
  },
  {
    name: 'a delivery shows its id and state, and nothing of the event',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      const delivery = tracker.trackEvent('user123', 'private_matter', { id: 'job-1' })
      same(JSON.stringify(delivery), '{"id":"job-1","state":"pending"}', 'the JSON')
      await delivery
      same(JSON.stringify(delivery), '{"id":"job-1","state":"delivered"}', 'the JSON')
      const shown = textOf(delivery) + (await env.inspect?.(delivery))
      holds(!shown.includes('private_matter'), shown)
    },
  },
]
