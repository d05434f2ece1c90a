import { Api } from '../api.ts'
import { holds, same } from '../assert.ts'
import { type Case, john, trackerOf } from '../case.ts'

const encoder = new TextEncoder()

function hexOf(text: string): string {
  return Array.from(encoder.encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const wireCases: Case[] = [
  {
    name: 'an identify arrives byte for byte as the API document says, with its id in the header',
    async run(env) {
      const api = await Api.answering(env)
      const { id } = await trackerOf(env, api).identifyCustomer('user123', john)
      const [arrival] = await api.arrivals()
      holds(arrival !== undefined, 'a request should have arrived')
      const text =
        '{"customer_id":"user123","name":"John Doe","email":"john@example.com","properties":{"plan":"premium"}}'
      same([arrival.method, arrival.path], ['POST', '/customer/test'], 'the request')
      same(arrival.hex, hexOf(text), 'the body')
      same(arrival.headers['idempotency-key'], id, 'the Idempotency-Key')
      same(arrival.headers['content-type'], 'application/json', 'the content type')
    },
  },
  {
    name: 'a track arrives byte for byte as the API document says, under an id of your own',
    async run(env) {
      const api = await Api.answering(env)
      await trackerOf(env, api).trackEvent('user123', 'OpenAI API Call', { id: 'invoice-77, line 3' })
      const [arrival] = await api.arrivals()
      holds(arrival !== undefined, 'a request should have arrived')
      same([arrival.method, arrival.path], ['POST', '/events/test'], 'the request')
      same(arrival.hex, hexOf('{"customer_id":"user123","event":"OpenAI API Call"}'), 'the body')
      same(arrival.headers['idempotency-key'], 'invoice-77, line 3', 'the Idempotency-Key')
    },
  },
  {
    name: 'in production both calls arrive byte for byte as the REST reference says, on its paths',
    async run(env) {
      const api = await Api.answering(env)
      const tracker = trackerOf(env, api, { environment: 'production' })
      const created = new Date('2023-06-25T10:00:00Z')
      await tracker.identifyCustomer('user123', { email: 'john@example.com', created, plan: 'premium', planValue: 49 })
      await tracker.trackEvent('user123', 'OpenAI API Call', { property: { path: '/v1' }, category: 'api' })
      const arrivals = await api.arrivals()
      same(
        arrivals.map(({ method, path, hex }) => ({ method, path, hex })),
        [
          {
            method: 'POST',
            path: '/customer',
            hex: hexOf(
              '{"customer_id":"user123","email":"john@example.com","created":1687687200,"plan":"premium","planValue":49}',
            ),
          },
          {
            method: 'POST',
            path: '/events',
            hex: hexOf(
              '{"customer_id":"user123","event":"OpenAI API Call","category":"api","property":{"path":"/v1"}}',
            ),
          },
        ],
        'the requests',
      )
    },
  },
  {
    name: 'names in every script arrive as UTF-8',
    async run(env) {
      const api = await Api.answering(env)
      const [customer, name] = ['zażółć-Ω-顧客-🎉', 'José Ñuñez 田中さん e\u0301 \u2028 👩‍👩‍👧']
      await trackerOf(env, api).identifyCustomer(customer, { ...john, name })
      const [arrival] = await api.arrivals()
      same(arrival?.hex, hexOf(JSON.stringify({ customer_id: customer, ...john, name })), 'the body')
    },
  },
  {
    name: 'a large body arrives whole',
    async run(env) {
      const api = await Api.answering(env)
      const notes = 'ü'.repeat(150_000)
      await trackerOf(env, api).identifyCustomer('user123', { ...john, properties: { notes } })
      const [arrival] = await api.arrivals()
      same(arrival?.hex.length, 2 * encoder.encode(arrival?.body).byteLength, 'the length in bytes')
      holds(arrival?.body.includes(notes) === true, 'the notes should have arrived as they are')
    },
  },
  {
    name: 'a base URL may have a path and a trailing slash',
    async run(env) {
      const api = await Api.answering(env)
      await trackerOf(env, api, { baseUrl: `${api.baseUrl}/v0/` }).trackEvent('user123', 'button_click')
      same((await api.arrivals())[0]?.path, '/v0/events/test', 'the path')
    },
  },
  {
    name: 'what is sent is what was given at the call, whatever becomes of the object',
    async run(env) {
      const api = await Api.answering(env)
      const traits = { ...john, properties: { plan: 'premium', since: new Date('2023-06-25T10:00:00Z') } }
      const delivery = trackerOf(env, api).identifyCustomer('user123', traits)
      traits.properties.plan = 'changed later'
      traits.properties.since.setFullYear(1999)
      await delivery
      const [arrival] = await api.arrivals()
      same(
        JSON.parse(arrival?.body ?? '').properties,
        { plan: 'premium', since: '2023-06-25T10:00:00.000Z' },
        'what arrived',
      )
    },
  },
  {
    name: 'the receipt has the id, the status, the attempts, the answer, its request id and both times',
    async run(env) {
      const answer = { status: 202, headers: { 'x-request-id': 'r-1' }, body: '{"success":true,"credits":5}' }
      const tracker = trackerOf(env, await Api.answering(env, answer))
      const { acceptedAt, deliveredAt, ...receipt } = await tracker.trackEvent('user123', 'x', { id: 'mine' })
      const data = { success: true, credits: 5 }
      same(receipt, { id: 'mine', status: 202, attempts: 1, data, requestId: 'r-1' }, 'the receipt')
      holds(acceptedAt instanceof Date && deliveredAt instanceof Date, 'the times should be dates')
      holds(acceptedAt <= deliveredAt, 'the call should come before the answer')
    },
  },
  {
    name: 'an answer that is no JSON is given as text, and an empty one as undefined',
    async run(env) {
      const tracker = trackerOf(
        env,
        await Api.answering(env, { body: 'schön' }, { body: '' }, { status: 204, body: '' }),
      )
      const receipts = [await tracker.trackEvent('a', 'x'), await tracker.trackEvent('a', 'y')]
      receipts.push(await tracker.trackEvent('a', 'z'))
      same(
        receipts.map(({ data }) => data),
        ['schön', undefined, undefined],
        'the data',
      )
    },
  },
  {
    name: 'a success whose body is cut or never ends counts as delivered, and is asked for once',
    async run(env) {
      const api = await Api.answering(env, { fault: 'cut' }, { fault: 'endless', body: 'more ' })
      // As long as a busy machine may need for an answer's head.
      const tracker = trackerOf(env, api, { attemptTimeoutMs: 5_000 })
      const receipts = [await tracker.trackEvent('a', 'cut'), await tracker.trackEvent('a', 'endless')]
      same(
        receipts.map(({ status, attempts }) => [status, attempts]),
        [
          [200, 1],
          [200, 1],
        ],
        'status and attempts',
      )
      same(await api.story(), ['a:cut', 'a:endless'], 'what arrived')
    },
  },
]
