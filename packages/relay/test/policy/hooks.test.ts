import { describe, expect, test } from 'vitest'
import type { RelayOptions } from '../../src/index.ts'
import { problemOf, type Running, running } from '../support/relay.ts'

const event = { customer_id: 'user123', event: 'button_click' }

/** The answer to an event, and what the log was told. */
async function outcome(hooks: RelayOptions, body: object = event): Promise<[number, string, string[]]> {
  const told: string[] = []
  const logger = { error: (_what: string, error: unknown) => told.push(String(error)) }
  await using relay = await running({ relay: { anyone: true, logger, ...hooks } })
  const path = 'event' in body ? '/events/test' : '/customer/test'
  const response = await relay.post(body, { path })
  const name = response.status === 200 ? 'stored' : (await problemOf(response)).name
  const stored = relay.tracker.stats().accepted
  return [response.status, stored === 1 ? name : `${name}, ${stored} stored`, told]
}

const nothing = ', 0 stored'
const never = () => new Promise<never>(() => undefined)
/** As somebody's JavaScript would have it. */
const hook = (answer: unknown) => (() => answer) as () => never

describe('authorize', () => {
  test.each(['yes', 1, { allowed: false }, undefined, null, Promise.resolve('true')])(
    'lets in by true alone: what is neither true nor false is told to the log: %j',
    async (answer) => {
      const [status, name, told] = await outcome({ authorize: hook(answer) })
      expect([status, name]).toEqual([500, `internal${nothing}`])
      expect(told).toEqual([expect.stringContaining('authorize must return true or false')])
    },
  )

  test('that does not answer holds nobody for longer than the option says', async () => {
    const [status, name, told] = await outcome({ authorize: never, answerTimeoutMs: 30 })
    expect([status, name]).toEqual([500, `internal${nothing}`])
    expect(told).toEqual([expect.stringContaining('within 30 ms')])
  })
})

describe('mutate', () => {
  test.each([
    undefined,
    'button_click',
    {},
    { operation: 'identifyCustomer', customerId: 'user123', traits: {} },
    { operation: 'trackEvent', customerId: 5, event: 'a' },
    { operation: 'trackEvent', customerId: 'user123', event: 'a', properties: { theme: 'dark' } },
    Promise.resolve([]),
  ])(
    'that returns something else than the event is told to the log, and nothing is lost in silence: %j',
    async (answer) => {
      const [status, name, told] = await outcome({ mutate: hook(answer) })
      expect([status, name]).toEqual([500, `internal${nothing}`])
      expect(told).toEqual([expect.stringContaining('mutate')])
    },
  )

  test('that does not answer holds nobody for longer than the option says', async () => {
    expect((await outcome({ mutate: never, answerTimeoutMs: 30 }))[0]).toBe(500)
  })

  test('may name another customer, who is the one in the record', async () => {
    await using relay = await running({
      relay: { anyone: true, mutate: (given) => ({ ...given, customerId: `tenant-${given.customerId}` }) },
    })
    expect((await relay.post()).status).toBe(200)
    await expect.poll(() => customersOf(relay)).toEqual(['tenant-user123'])
  })

  test('may set traits that a client may not', async () => {
    expect(await outcome({ traits: ['name'], mutate }, { customer_id: 'a', name: 'A' })).toEqual([200, 'stored', []])
    expect((await outcome({ traits: ['name'], mutate }, { customer_id: 'a', plan: 'gold' }))[0]).toBe(422)
  })
})

test('A beforeSend that fails is the relay’s fault, and not the client’s: the event may be sent again', async () => {
  const told: unknown[] = []
  await using relay = await running({
    relay: { anyone: true, logger: { error: (_what, error) => told.push(error) } },
    tracker: {
      beforeSend: () => {
        throw new Error('no database')
      },
    },
  })
  const response = await relay.post()
  expect(response.status).toBe(500)
  expect(await response.text()).not.toMatch(/database|beforeSend/)
  expect(told).toHaveLength(1)
})

/** Gives everybody the plan that a client may not set. */
const mutate: RelayOptions['mutate'] = (given) =>
  given.operation === 'trackEvent' ? given : { ...given, traits: { ...given.traits, plan: 'free' } }

function customersOf(relay: Running): (string | undefined)[] {
  return relay.api.arrivals.length === 0 ? [] : relay.records.map((record) => record.customerId)
}
