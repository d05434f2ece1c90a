import { ApiError, AuthenticationError, ConnectionError, type Fetch } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same, textOf } from '../assert.ts'
import { type Case, trackerOf } from '../case.ts'

/** As some libraries do: all that is known, in the message and in a member. */
const fail: Fetch = async (_url, init) => {
  throw Object.assign(new Error(`failed with ${init.headers['authorization']}`), { init })
}

export const tokenCases: Case[] = [
  {
    name: 'the token travels in the Authorization header, and null sends none',
    needs: ['token'],
    async run(env) {
      const api = await Api.answering(env)
      await trackerOf(env, api).trackEvent('user123', 'x')
      await trackerOf(env, api, { token: null }).trackEvent('user123', 'x')
      const sent = (await api.arrivals()).map(({ headers }) => headers['authorization'])
      same(sent, [`Bearer ${env.token}`, undefined], 'the Authorization headers')
    },
  },
  {
    name: 'a page sends its calls to its own origin without any Authorization',
    needs: ['page'],
    async run(env) {
      const api = await Api.answering(env)
      await trackerOf(env, api).trackEvent('user123', 'x')
      const [arrival] = await api.arrivals()
      same(arrival?.headers['authorization'], undefined, 'the Authorization header')
      same(arrival?.headers['origin'], env.origin, 'the Origin header')
    },
  },
  {
    name: 'to a relay each attempt carries the identity of its own customer',
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, {})
      const asked: string[] = []
      const authorization = async (customerId: string) => {
        asked.push(customerId)
        return `identity-of-${customerId}`
      }
      const tracker = trackerOf(env, api, { token: null, authorization })
      const customers = Array.from({ length: 8 }, (_, n) => `user${n}`)
      await Promise.all(customers.map((customer) => tracker.trackEvent(customer, 'x')))
      const arrivals = await api.arrivals()
      for (const { headers, body } of arrivals) {
        const { customer_id: customer } = JSON.parse(body) as { customer_id: string }
        same(headers['authorization'], `Bearer identity-of-${customer}`, 'the Authorization header')
      }
      same([arrivals.length, asked.length], [9, 9], 'the attempts, and how often it was asked')
    },
  },
  {
    name: 'a token function is asked for every attempt, and once more when its token was refused',
    needs: ['token'],
    async run(env) {
      const api = await Api.answering(env, { status: 503 }, { status: 401 }, {}, { status: 401 })
      const tokens = ['t-1', 't-2', 't-3']
      const tracker = trackerOf(env, api, { token: async () => tokens.shift() ?? 't-3', maxRetries: 2 })
      same((await tracker.trackEvent('user123', 'x')).status, 200, 'the status')
      const sent = (await api.arrivals()).map(({ headers }) => headers['authorization'])
      same(sent, ['Bearer t-1', 'Bearer t-2', 'Bearer t-3'], 'the tokens')
      await failure(AuthenticationError, () => tracker.trackEvent('user123', 'x'))
      same((await api.arrivals()).length, 4, 'the attempts')
    },
  },
  {
    name: 'a token function that fails for a while costs retries, not the event',
    needs: ['token'],
    async run(env) {
      const api = await Api.answering(env)
      let asked = 0
      const token = async () => {
        if (++asked < 3) throw new Error('the vault is sealed')
        return 'late'
      }
      same((await trackerOf(env, api, { token }).trackEvent('user123', 'x')).attempts, 3, 'the attempts')
      same((await api.arrivals()).length, 1, 'what arrived')
    },
  },
  {
    name: 'the token is nowhere else: not in errors, causes, members, JSON or what the server echoes',
    needs: ['token'],
    async run(env) {
      const token = 'radioactive-token-0815'
      const echo = { status: 403, headers: { 'x-echo': `Bearer ${token}` }, body: `{"sent":"Bearer ${token}"}` }
      const api = await Api.answering(env, echo, { headers: echo.headers, body: echo.body })
      const tracker = trackerOf(env, api, { token })
      const refused = await failure(ApiError, () => tracker.trackEvent('user123', 'x'))
      same(refused.body, { sent: 'Bearer [redacted]' }, 'the echo')
      const receipt = await tracker.trackEvent('user123', 'y')
      const broken = trackerOf(env, api, { token, maxRetries: 0, fetch: fail })
      const lost = await failure(ConnectionError, () => broken.trackEvent('user123', 'x'))
      holds(textOf(refused).includes('[redacted]'), 'there should be something to look at')
      for (const value of [refused, receipt, lost, tracker, broken]) {
        const text = textOf(value) + JSON.stringify(value) + (await env.inspect?.(value))
        holds(!text.includes(token), 'the token should not show')
      }
    },
  },
]
