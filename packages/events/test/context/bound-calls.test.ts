import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { currentCustomer, type CustomerCalls, forCurrentCustomer, withCustomer } from '../../src/context.ts'
import { ConfigurationError, EventTracker, ValidationError } from '../../src/index.ts'
import { ok, serve } from '../support/server.ts'

const idle = () => new EventTracker({ token: 'secret-token', enabled: false })

const customerOf = (n: number) => (n % 20 === 19 ? undefined : `user${n % 50}`)

describe('Calls for the customer in context', () => {
  test('of 200 interleaved requests of 50 customers and of nobody arrive under the right id each', async () => {
    await using api = await serve(ok)
    const tracker = new EventTracker({ token: 'secret-token', baseUrl: api.url })
    const events = forCurrentCustomer(tracker)
    const serveRequest = async (n: number, customer: string | undefined) => {
      await pause(n % 7)
      if (n < 50) events.identifyCustomer({ properties: { is: customer } })
      await pause(n % 3)
      return events.trackEvent('report_opened', { property: { n, of: customer ?? 'nobody' } }).settled()
    }
    const ends = await Promise.all(
      Array.from({ length: 200 }, (_, n) => withCustomer(customerOf(n), () => serveRequest(n, customerOf(n)))),
    )
    expect(ends.map((end) => end.outcome)).toEqual(
      ends.map((_, n) => (customerOf(n) === undefined ? 'rejected' : 'delivered')),
    )
    await tracker.shutdown()
    const told = api.arrivals.map(({ body }) => ({
      under: body.customer_id,
      of:
        body.event === undefined ? (body['properties'] as { is: string }).is : (body['property'] as { of: string }).of,
    }))
    expect(told.filter(({ under, of }) => under !== of)).toEqual([])
    expect(told).toHaveLength(190 + 48)
  })

  test('with no customer in context is a ValidationError that names withCustomer, and throws nothing', async () => {
    await using tracker = idle()
    const events = forCurrentCustomer(tracker)
    const calls = [events.trackEvent('report_opened'), events.identifyCustomer({ name: 'John Doe' })]
    calls.push(withCustomer(null, () => events.trackEvent('report_opened')))
    for (const call of calls) {
      await expect(call).rejects.toBeInstanceOf(ValidationError)
      await expect(call).rejects.toThrow(/customer_id .*no customer is in context.*withCustomer\(/)
    }
    expect(tracker.stats()).toMatchObject({ accepted: 3, rejected: 3, pending: 0 })
  })

  test.each(['', ' \n', 7, {}, true])('with an id that is none (%s) is a ValidationError', async (id) => {
    await using tracker = idle()
    const events = forCurrentCustomer(tracker)
    const call = withCustomer(id as string, () => events.trackEvent('report_opened'))
    await expect(call).rejects.toBeInstanceOf(ValidationError)
    await expect(call).rejects.toThrow('customer_id')
  })

  test('take what the calls of the tracker take, and a symbol of ours never gets out', async () => {
    const seen: unknown[] = []
    const tracker = new EventTracker({
      token: 'secret-token',
      beforeSend: (event) => (seen.push(event), null),
      onError: (_error, { id, customerId }) => seen.push({ id, customerId }),
    })
    const { trackEvent, identifyCustomer } = forCurrentCustomer(tracker)
    await withCustomer('user123', async () => {
      const tracked = trackEvent('report_opened', { id: 'my-id', category: 'Reports', property: { pages: 3 } })
      expect(await tracked).toMatchObject({ id: 'my-id', skipped: true })
      expect((await identifyCustomer({ name: 'John Doe' }, { id: 'other-id' })).id).toBe('other-id')
    })
    const { id } = trackEvent('report_opened')
    await expect.poll(() => seen).toHaveLength(3)
    expect(seen).toEqual([
      expect.objectContaining({
        customerId: 'user123',
        event: 'report_opened',
        category: 'Reports',
        property: { pages: 3 },
      }),
      expect.objectContaining({ customerId: 'user123', traits: { name: 'John Doe' } }),
      { id, customerId: '' },
    ])
  })

  test('may be made before the tracker is spied on, and within another customer', async () => {
    const tracker = idle()
    const events = withCustomer('maker', () => forCurrentCustomer(tracker))
    const spy = vi.spyOn(tracker, 'trackEvent')
    await withCustomer('user123', () => events.trackEvent('report_opened'))
    expect(spy).toHaveBeenCalledExactlyOnceWith('user123', 'report_opened')
  })

  test.each([undefined, null, {}, 'user123', () => idle()])('cannot be had of what is no tracker (%s)', (tracker) => {
    const bind = () => forCurrentCustomer(tracker as never)
    expect(bind).toThrow(ConfigurationError)
    expect(bind).toThrow('forCurrentCustomer: the first argument must be a tracker')
  })

  test('are as narrow as those of the tracker', () => {
    type Schema = { events: { search: { words: string }; logout: undefined }; properties: { plan: 'free' | 'premium' } }
    const events = forCurrentCustomer(new EventTracker<Schema>({ enabled: false }))
    expectTypeOf(events).toEqualTypeOf<CustomerCalls<Schema>>()
    void (() => {
      events.trackEvent('search', { property: { words: 'x' } })
      events.trackEvent('logout')
      events.identifyCustomer({ properties: { plan: 'free' } }, { id: 'my-id' })
      // @ts-expect-error -- no such event
      events.trackEvent('login')
      // @ts-expect-error -- a search has words
      events.trackEvent('search')
      // @ts-expect-error -- no such plan
      events.identifyCustomer({ properties: { plan: 'gold' } })
    })
    expectTypeOf(forCurrentCustomer(new EventTracker({ enabled: false }))).toEqualTypeOf<CustomerCalls>()
  })
})

describe('What a call gives back', () => {
  test('goes on for its caller, whoever else has tracked meanwhile', async () => {
    await using api = await serve(ok)
    const tracker = new EventTracker({ token: 'secret-token', baseUrl: api.url })
    const events = forCurrentCustomer(tracker)
    const goOn = async (customer: string) => {
      const delivery = events.trackEvent('report_opened')
      const seen: unknown[] = []
      delivery.then(
        () => seen.push(currentCustomer()),
        () => seen.push('failed'),
      )
      delivery.finally(() => seen.push(currentCustomer())).catch(() => undefined)
      await delivery
      seen.push(currentCustomer())
      await delivery.stored
      seen.push(currentCustomer())
      await delivery.settled()
      seen.push(currentCustomer())
      await tracker.flush()
      seen.push(currentCustomer())
      return { customer, seen: [...new Set(seen)] }
    }
    const customers = Array.from({ length: 20 }, (_, n) => `user${n}`)
    expect(await Promise.all(customers.map((id) => withCustomer(id, () => goOn(id))))).toEqual(
      customers.map((customer) => ({ customer, seen: [customer] })),
    )
    await tracker.shutdown()
  })
})
