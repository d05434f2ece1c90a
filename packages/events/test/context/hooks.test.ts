import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { currentCustomer, forCurrentCustomer, withCustomer } from '../../src/context.ts'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { inTurn, ok, serve, status } from '../support/server.ts'

afterEach(() => {
  vi.resetModules()
})

/** A tracker's options whose functions note for whom they run. */
function watched(seen: Record<string, Set<unknown>>) {
  const note = (place: string) => void (seen[place] ??= new Set()).add(currentCustomer())
  return {
    token: async () => (note('token'), 'secret-token'),
    fetch: (url, init) => (note('fetch'), fetch(url, init)),
    onDelivered: () => note('onDelivered'),
    onError: () => note('onError'),
    logger: { warn: () => note('logger'), error: () => note('logger') },
    beforeSend: (event) => (note('beforeSend'), event),
    waitUntil: () => note('waitUntil'),
    backoff: { baseMs: 1, capMs: 2 },
  } satisfies TrackerOptions
}

const refusedOnce = () => inTurn(status(503), status(400), ok)
const nobody = new Set([undefined])

describe('The functions that a tracker calls', () => {
  test('run for nobody, whoever made the tracker and whoever’s event it is; beforeSend runs for the caller', async () => {
    await using api = await serve(refusedOnce())
    const seen: Record<string, Set<unknown>> = {}
    const tracker = withCustomer(
      'maker',
      () => new EventTracker({ ...watched(seen), baseUrl: api.url, concurrency: 1 }),
    )
    const events = forCurrentCustomer(tracker)
    const customers = Array.from({ length: 30 }, (_, n) => `user${n}`)
    await Promise.all(customers.map((id) => withCustomer(id, () => events.trackEvent('report_opened').settled())))
    await withCustomer('closer', () => tracker.shutdown())
    const { beforeSend, waitUntil, ...others } = seen
    expect(others).toEqual({ token: nobody, fetch: nobody, onDelivered: nobody, onError: nobody, logger: nobody })
    expect(beforeSend).toEqual(new Set(customers))
    // It runs within the call, as the request of a Worker wants it.
    expect(waitUntil).toBeDefined()
  })

  test('run for nobody also where the package was loaded for the first time within a customer’s request', async () => {
    await using api = await serve(refusedOnce())
    const seen: Record<string, Set<unknown>> = {}
    vi.resetModules()
    const late = await withCustomer('first', async () => {
      await pause(1)
      const { EventTracker: Late } = await import('../../src/index.ts')
      return new Late({ ...watched(seen), baseUrl: api.url })
    })
    expect(late).not.toBeInstanceOf(EventTracker)
    const call = (id: string) => withCustomer(id, () => late.trackEvent(currentCustomer() ?? '', 'x').settled())
    await Promise.all(['first', 'second', 'third'].map(call))
    await late.shutdown()
    expect(seen).toMatchObject({ token: nobody, fetch: nobody, onDelivered: nobody, onError: nobody, logger: nobody })
  })

  test('may track for a customer of their own', async () => {
    await using api = await serve(ok)
    const tracker: EventTracker = new EventTracker({
      token: 'secret-token',
      baseUrl: api.url,
      onDelivered: (_receipt, { customerId }) => {
        if (customerId !== 'auditor') withCustomer('auditor', () => events.trackEvent('delivered'))
      },
    })
    const events = forCurrentCustomer(tracker)
    await withCustomer('user123', () => events.trackEvent('report_opened'))
    await expect.poll(() => api.log()).toEqual(['user123:report_opened', 'auditor:delivered'])
    await tracker.shutdown()
  })
})
