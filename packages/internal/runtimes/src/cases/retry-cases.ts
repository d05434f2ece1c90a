import { ApiError, ConnectionError, ServerError, TimeoutError } from '@obsidianlaunch/events'
import { FakeClock } from '@obsidianlaunch/testkit/clock'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, trackerOf } from '../case.ts'
import { until } from '../time.ts'

/** An address where nobody listens. */
const nowhere = 'http://127.0.0.1:9'

export const retryCases: Case[] = [
  {
    name: 'an event keeps its id through every attempt, and the receipt counts them',
    async run(env) {
      const api = await Api.answering(env, { status: 500 }, { status: 503 }, { status: 504 }, {})
      const { id, attempts } = await trackerOf(env, api).trackEvent('user123', 'x')
      same(attempts, 4, 'the attempts')
      const keys = (await api.arrivals()).map(({ headers }) => headers['idempotency-key'])
      same(keys, [id, id, id, id], 'the ids on the wire')
    },
  },
  {
    name: 'a 429 holds every customer back for as long as Retry-After says, then one request tries',
    async run(env) {
      const api = await Api.answering(env, { status: 429, headers: { 'retry-after': '1' } }, {})
      const tracker = trackerOf(env, api, { concurrency: 1 })
      const { attempts } = await Promise.all([tracker.trackEvent('a', 'x'), tracker.trackEvent('b', 'x')]).then(
        ([first]) => first,
      )
      const [refused, probe] = await api.arrivals()
      holds((probe?.atMs ?? 0) - (refused?.atMs ?? 0) >= 990, 'the next request should come a second later')
      same([attempts, (await api.arrivals()).length], [2, 3], 'attempts of the first, requests in all')
    },
  },
  {
    name: 'a Retry-After of ten minutes passes in a moment on a clock of your own',
    async run(env) {
      const api = await Api.answering(env, { status: 503, headers: { 'retry-after': '600' } }, {})
      const clock = new FakeClock()
      const tracker = trackerOf(env, api, { clock, maxRetryAfterMs: 700_000, maxDeliveryMs: 900_000 })
      const delivery = tracker.trackEvent('user123', 'x')
      await until(async () => {
        const { length } = await api.arrivals()
        if (length === 1) await clock.pass(10_000, () => Promise.resolve())
        return length === 2
      })
      const { acceptedAt, deliveredAt, attempts } = await delivery
      same(attempts, 2, 'the attempts')
      holds(deliveredAt.getTime() - acceptedAt.getTime() >= 600_000, 'the times should be those of the clock')
    },
  },
  {
    name: 'however long a Retry-After asks to wait, the API is asked again after maxRetryAfterMs',
    async run(env) {
      const api = await Api.answering(env, { status: 429, headers: { 'retry-after': '3600' } }, {})
      const tracker = trackerOf(env, api, { maxRetryAfterMs: 20 })
      same((await tracker.trackEvent('user123', 'x')).attempts, 2, 'the attempts')
    },
  },
  {
    name: 'a connection that is cut before the answer is tried again, under the same id',
    async run(env) {
      const api = await Api.answering(env, { fault: 'reset' }, { fault: 'reset' }, {})
      const { id, status } = await trackerOf(env, api).trackEvent('user123', 'x')
      same(status, 200, 'the status')
      const keys = new Set((await api.arrivals()).map(({ headers }) => headers['idempotency-key']))
      same([...keys], [id], 'the ids on the wire')
    },
  },
  {
    name: 'a server that is not there is a ConnectionError with its cause',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env), { baseUrl: nowhere, maxRetries: 2 })
      const error = await failure(ConnectionError, () => tracker.trackEvent('user123', 'x'))
      holds(error.cause instanceof Error && error.cause.message !== '', 'the cause should say why')
      holds(error.message.includes(new URL(nowhere).host) && error.message.includes('3 attempts'), error.message)
    },
  },
  {
    name: 'an attempt that gets no answer in time is cut and tried again',
    async run(env) {
      const api = await Api.answering(env, { fault: 'hang' }, {})
      const { attempts } = await trackerOf(env, api, { attemptTimeoutMs: 300 }).trackEvent('user123', 'x')
      holds(attempts >= 2, 'it should have taken two attempts')
    },
  },
  {
    name: 'a server that never answers is a TimeoutError',
    async run(env) {
      const api = await Api.answering(env, { fault: 'hang' })
      const tracker = trackerOf(env, api, { attemptTimeoutMs: 1_000, maxRetries: 1 })
      const error = await failure(TimeoutError, () => tracker.trackEvent('user123', 'x'))
      same([error.code, error.retryable], ['timeout', true], 'code and retryable')
      same((await api.arrivals()).length, 2, 'the attempts')
    },
  },
  {
    name: 'after the last retry the error is the last answer; maxRetries 0 means one attempt',
    async run(env) {
      const api = await Api.answering(env, { status: 502 }, { status: 500, body: '{"error":"down"}' })
      const last = await failure(ServerError, () => trackerOf(env, api, { maxRetries: 1 }).trackEvent('a', 'x'))
      same([last.status, last.body, last.retryable], [500, { error: 'down' }, true], 'status, body and retryable')
      const once = await Api.answering(env, { status: 500 })
      await failure(ServerError, () => trackerOf(env, once, { maxRetries: 0 }).trackEvent('a', 'x'))
      same((await once.arrivals()).length, 1, 'the attempts')
    },
  },
  {
    name: "a refusal is final at once, and reads like the guide's",
    async run(env) {
      const api = await Api.answering(env, { status: 400, headers: { 'x-request-id': 'r-9' }, body: 'no such event' })
      const error = await failure(ApiError, () => trackerOf(env, api).trackEvent('user123', 'x'))
      same([error.status, error.body, error.requestId], [400, 'no such event', 'r-9'], 'status, body and request id')
      same(error.text, 'Failed to track event: 400 - no such event.', 'the text')
      same((await api.arrivals()).length, 1, 'the attempts')
    },
  },
  {
    name: 'a redirect is not followed, so nothing goes to where it points',
    async run(env) {
      const target = await Api.answering(env)
      const headers = { location: `${target.baseUrl}/events/test` }
      const api = await Api.answering(env, { status: 307, headers }, { status: 302, headers })
      const tracker = trackerOf(env, api)
      for (const status of [307, 302]) {
        const error = await failure(ApiError, () => tracker.trackEvent('user123', 'x'))
        // A page is not told more than that it was a redirect.
        same([error.status, error.retryable], [env.traits.includes('page') ? 0 : status, false], 'status, retryable')
      }
      same([(await api.arrivals()).length, await target.arrivals()], [2, []], 'attempts, and what was led astray')
    },
  },
]
