import { CancelledError, ServerError, TimeoutError, ValidationError } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { abandon, type Case, trackerOf } from '../case.ts'

export const callCases: Case[] = [
  {
    name: 'a signal takes out an event that waits its turn, which is never sent',
    async run(env) {
      const api = await Api.answering(env, { afterMs: 100 })
      const tracker = trackerOf(env, api)
      const abort = new AbortController()
      const [first, second] = [tracker.trackEvent('a', 'x'), tracker.trackEvent('a', 'y', { signal: abort.signal })]
      abort.abort(new Error('the user went away'))
      const error = await failure(CancelledError, () => second)
      holds(
        error.cause instanceof Error && error.cause.message === 'the user went away',
        'the cause should be the reason',
      )
      same(error.mayHaveArrived, false, 'mayHaveArrived')
      await first
      same(await api.story(), ['a:x'], 'what arrived')
      const { delivered, dropped } = await tracker.shutdown()
      same([delivered, dropped], [1, 1], 'delivered and dropped')
    },
  },
  {
    name: 'a signal ends only the wait for an event that is in flight',
    async run(env) {
      const api = await Api.answering(env, { isHeld: true })
      const tracker = trackerOf(env, api)
      const abort = new AbortController()
      const delivery = tracker.trackEvent('user123', 'x', { signal: abort.signal })
      await api.reached(1)
      abort.abort()
      const end = await delivery.settled()
      holds('error' in end && end.error instanceof CancelledError, 'it should fail with a CancelledError')
      same([end.outcome, end.error.mayHaveArrived], ['pending', true], 'outcome and mayHaveArrived')
      await api.play({ answers: [{}] })
      same((await tracker.flush()).delivered, 1, 'delivered')
    },
  },
  {
    name: 'a signal that was aborted before the call sends nothing',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api)
      await failure(CancelledError, () => tracker.trackEvent('user123', 'x', { signal: AbortSignal.abort() }))
      await tracker.trackEvent('user123', 'y')
      same(await api.story(), ['user123:y'], 'what arrived')
    },
  },
  {
    name: 'maxRetries and maxDeliveryMs of a call are for that call alone',
    async run(env) {
      const api = await Api.answering(env, { status: 500 })
      const tracker = trackerOf(env, api, { maxRetries: 1_000_000 })
      await failure(ServerError, () => tracker.trackEvent('a', 'x', { maxRetries: 0 }))
      same((await api.arrivals()).length, 1, 'the attempts')
      await failure(TimeoutError, () => tracker.trackEvent('a', 'y', { maxDeliveryMs: 100 }))
      const patient = tracker.trackEvent('a', 'z')
      await api.play({ answers: [{}] })
      same((await patient).status, 200, 'the status of the one that was not limited')
      await abandon(tracker)
    },
  },
  {
    name: 'options of a call that make no sense are refused with their path',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      const wrong = { signal: 'stop', maxRetries: -1, maxDeliveryMs: 0.5 } as object
      const error = await failure(ValidationError, () => tracker.trackEvent('user123', 'x', wrong))
      same(
        error.issues.map(({ path }) => path),
        ['signal', 'maxRetries', 'maxDeliveryMs'],
        'the paths',
      )
    },
  },
]
