import { ConfigurationError, EventTracker, trackEvent, type Traits, ValidationError } from '@obsidianlaunch/events'
import { Api } from '../api.ts'
import { failure, holds, same } from '../assert.ts'
import { type Case, john, trackerOf } from '../case.ts'

const cycle: Record<string, unknown> = {}
cycle['self'] = { again: cycle }

/** Properties that JSON would change in silence, and where the error points. */
const unsendable: [properties: Record<string, unknown>, path: string][] = [
  [{ count: 10n }, 'properties.count'],
  [{ ratio: Number.NaN }, 'properties.ratio'],
  [{ list: [1, Infinity] }, 'properties.list[1]'],
  [{ call: () => 1 }, 'properties.call'],
  [{ tag: Symbol('tag') }, 'properties.tag'],
  [{ map: new Map() }, 'properties.map'],
  [{ text: 'half \ud83d' }, 'properties.text'],
  [cycle, 'properties.self.again'],
]

export const inputCases: Case[] = [
  {
    name: 'bad input fails that call alone, before any request, with the path of each fault',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api)
      const traits = { name: '', email: 5, properties: {} } as unknown as Traits
      const identify = await failure(ValidationError, () => tracker.identifyCustomer('user123', traits))
      same(identify.issues.map(({ path }) => path).toSorted(), ['email', 'name'], 'the paths')
      const track = await failure(ValidationError, () => tracker.trackEvent('', 'x'))
      same(track.issues, [{ path: 'customer_id', reason: 'must not be empty' }], 'the issues')
      same((await tracker.trackEvent('user123', 'fine')).status, 200, 'the next call')
      same(await api.story(), ['user123:fine'], 'what arrived')
    },
  },
  {
    name: 'what JSON would change in silence is refused with its path',
    async run(env) {
      const tracker = trackerOf(env, await Api.answering(env))
      for (const [properties, path] of unsendable) {
        const error = await failure(ValidationError, () => tracker.identifyCustomer('a', { ...john, properties }))
        same(
          error.issues.map((issue) => issue.path),
          [path],
          'the path',
        )
      }
    },
  },
  {
    name: 'an own member called __proto__ arrives, and pollutes nothing',
    async run(env) {
      const api = await Api.answering(env)
      const properties = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":"c"}') as Record<string, unknown>
      await trackerOf(env, api).identifyCustomer('user123', { ...john, properties })
      const [arrival] = await api.arrivals()
      holds(
        arrival?.body.includes('{"__proto__":{"isAdmin":true},"constructor":"c"}') === true,
        'it should have arrived as it is',
      )
      same(Reflect.get({}, 'isAdmin'), undefined, 'the member of another object')
    },
  },
  {
    name: 'ids that no header can carry and unknown options of a call are refused',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api)
      for (const id of ['', 'line\nbreak', ' a', 'ü', 'x'.repeat(256)]) {
        await failure(ValidationError, () => tracker.trackEvent('user123', 'x', { id }))
      }
      const misspelt = { idd: 'a' } as object
      const error = await failure(ValidationError, () => tracker.trackEvent('user123', 'x', misspelt))
      same(error.issues[0]?.path, 'idd', 'the path')
      await tracker.trackEvent('user123', 'x', { id: '~'.repeat(255) })
      same((await api.arrivals()).length, 1, 'what arrived')
    },
  },
  {
    name: 'an unknown option or a wrong type is a ConfigurationError that names it and what is allowed',
    async run(env) {
      const api = await Api.answering(env)
      const unknown = await failure(ConfigurationError, () => trackerOf(env, api, { retries: 3 } as object))
      holds(/retries.*maxRetries/.test(unknown.message), unknown.message)
      const wrong = await failure(ConfigurationError, () => trackerOf(env, api, { concurrency: 257 }))
      holds(/concurrency.*1 to 256.*257/.test(wrong.message), wrong.message)
      const address = await failure(ConfigurationError, () => trackerOf(env, api, { baseUrl: 'events.example' }))
      holds(address.message.includes('baseUrl'), address.message)
    },
  },
  {
    name: 'plain http goes to this machine only, unless it is allowed by name',
    async run(env) {
      const baseUrl = 'http://events.example'
      const api = await Api.answering(env)
      const error = await failure(ConfigurationError, () => trackerOf(env, api, { baseUrl }))
      holds(error.message.includes('allowInsecureHttp'), error.message)
      same(trackerOf(env, api, { baseUrl, allowInsecureHttp: true }).stats().accepted, 0, 'accepted')
    },
  },
  {
    name: 'without a token the error says which variable to set',
    needs: ['token'],
    async run(env) {
      const { baseUrl } = await Api.answering(env)
      const error = await failure(ConfigurationError, () => new EventTracker({ baseUrl }))
      holds(error.message.includes('EVENT_TRACKING_AUTH_TOKEN'), error.message)
    },
  },
  {
    name: 'in a page a token is refused and baseUrl is required, and both errors point to a proxy of your own',
    needs: ['page'],
    async run(env) {
      const { baseUrl } = await Api.answering(env)
      for (const token of ['a-token', () => 'a-token']) {
        const refused = await failure(ConfigurationError, () => new EventTracker({ baseUrl, token }))
        holds(refused.message.includes('proxy') && !refused.message.includes('a-token'), refused.message)
      }
      const missing = await failure(ConfigurationError, () => new EventTracker())
      holds(missing.message.includes('baseUrl') && missing.message.includes('proxy'), missing.message)
      const guide = await failure(ConfigurationError, () => trackEvent('user123', 'x'))
      same(guide.message, missing.message, "the error of the guide's function")
    },
  },
]
