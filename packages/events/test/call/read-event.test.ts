import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConfigurationError, EventTracker, type GivenEvent, readEvent, ValidationError } from '../../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

const paid = { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' } as const

describe('readEvent', () => {
  const events: GivenEvent[] = [
    paid,
    { ...paid, category: 'billing', property: { at: new Date(0), none: undefined } },
    {
      operation: 'identifyCustomer',
      customerId: 'user123',
      traits: { name: 'Ada', created: new Date(1_700_000_000_000) },
    },
  ]

  test.each(events)('makes of %j the body that a tracker sends', async (event) => {
    const sent: unknown[] = []
    const tracker = new EventTracker({
      token: 'token-of-the-test',
      fetch: async (_, { body }) => {
        sent.push(body)
        return new Response('{}')
      },
    })
    if (event.operation === 'identifyCustomer') await tracker.identifyCustomer(event.customerId, event.traits)
    else await tracker.trackEvent(event.customerId, event.event, { category: event.category, property: event.property })
    expect([readEvent(event).body]).toEqual(sent)
  })

  test('tells the customer, the operation and the environment, as a tracker decides it', () => {
    const about = { customerId: 'user123', operation: 'trackEvent' }
    expect(readEvent(paid)).toMatchObject({ ...about, environment: 'test' })
    vi.stubEnv('EVENT_TRACKING_ENVIRONMENT', 'production')
    expect(readEvent(paid)).toMatchObject({ ...about, environment: 'production' })
    expect(readEvent(paid, { environment: 'test' })).toMatchObject({ ...about, environment: 'test' })
    expect(() => readEvent(paid, { environment: 'staging' as 'test' })).toThrow(
      new ConfigurationError("environment must be 'test' or 'production', not a value of type string"),
    )
  })

  const wrong: [name: string, event: unknown, path: string][] = [
    ['a name that is missing', { ...paid, event: undefined }, 'event'],
    ['a field that nobody knows', { ...paid, properties: {} }, 'properties'],
    ['an operation that nobody knows', { ...paid, operation: 'toString' }, 'operation'],
    ['what JSON cannot carry', { ...paid, property: { big: 1n } }, 'property.big'],
    ['nothing', null, 'operation'],
    ['text', 'invoice_paid', 'operation'],
  ]

  test.each(wrong)('throws for %s, and says where it is', (_, event, path) => {
    const read = () => readEvent(event as GivenEvent)
    expect(read).toThrow(ValidationError)
    expect(read).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path })] }))
  })

  test('throws for an id that cannot be sent', () => {
    expect(() => readEvent(paid, { id: 'ü' })).toThrow('id must be 1 to 255 printable ASCII characters')
  })

  test('leaves the event as it was', () => {
    const given = Object.freeze({ ...paid })
    readEvent(given, { id: 'invoice-1' })
    expect(given).toEqual(paid)
  })
})
