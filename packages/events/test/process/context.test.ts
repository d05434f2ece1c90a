import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { ok, serve, status } from '../support/server.ts'

/** The request that is being served, as a framework or a tracer keeps it. */
const request = new AsyncLocalStorage<string>()

/** Every place that is not the caller's, and the request in which it ran, if in any. */
class Sightings {
  readonly #seen = new Map<string, Set<string>>()

  see(place: string): void {
    const seen = this.#seen.get(place) ?? new Set()
    this.#seen.set(place, seen.add(request.getStore() ?? 'none'))
  }

  get all(): Record<string, string[]> {
    return Object.fromEntries([...this.#seen].map(([place, seen]) => [place, [...seen]]))
  }
}

/** The seams of a tracker, all of them watched. */
function watched(sightings: Sightings): TrackerOptions {
  return {
    token: async () => (sightings.see('token'), 'secret-token'),
    onDelivered: () => sightings.see('onDelivered'),
    onError: () => sightings.see('onError'),
    logger: { warn: () => sightings.see('logger'), error: () => sightings.see('logger') },
    backoff: { baseMs: 1, capMs: 5 },
  }
}

/** Resolves in a turn of its own. */
const turn = () => new Promise<void>((passed) => setImmediate(passed))

describe('what the tracker does runs in no caller’s async context', () => {
  test('with a fetch, a token function and hooks of the caller’s, whoever made the tracker and woke it', async () => {
    const sightings = new Sightings()
    let nth = 0
    const fetch = async () => {
      sightings.see('fetch')
      // The first is tried again, so that a timer wakes the tracker; the third is refused.
      return new Response('{}', { status: [503, 200, 400][nth++] ?? 200 })
    }
    const tracker = request.run('maker', () => new EventTracker({ ...watched(sightings), fetch }))
    await request.run('first', () => tracker.trackEvent('user1', 'x').settled())
    await Promise.all(
      ['second', 'third'].map((name) => request.run(name, () => tracker.trackEvent(name, 'x').settled())),
    )
    void request.run('fourth', () => tracker.trackEvent('user4', 'x'))
    await request.run('flusher', () => tracker.flush())
    await request.run('closer', () => tracker.shutdown())
    const none = ['none']
    expect(sightings.all).toEqual({ token: none, fetch: none, onDelivered: none, onError: none, logger: none })
  })

  test('nor do the spans that tracers make of the requests themselves', async () => {
    const sightings = new Sightings()
    const created = channel('undici:request:create')
    const see = () => sightings.see('span')
    created.subscribe(see)
    await using server = await serve((response, arrival, message) =>
      (server.arrivals.length === 1 ? status(503) : ok)(response, arrival, message),
    )
    const tracker = new EventTracker({ ...watched(sightings), baseUrl: server.url })
    for (const name of ['a', 'b', 'c']) await request.run(name, () => tracker.trackEvent(name, 'x'))
    created.unsubscribe(see)
    expect(server.arrivals).toHaveLength(4)
    expect(sightings.all).toMatchObject({ span: ['none'], token: ['none'], onDelivered: ['none'] })
  })

  test('nor the hooks of an event that ends in the midst of somebody’s call', async () => {
    const sightings = new Sightings()
    const options = { ...watched(sightings), fetch: () => new Promise<never>(() => undefined) }
    const limits = { ...options, queue: { maxEvents: 1, overflow: 'drop-oldest' as const }, concurrency: 1 }
    const abort = new AbortController()
    const tracker = new EventTracker(limits)
    void tracker.trackEvent('user1', 'evicted')
    request.run('evictor', () => void tracker.trackEvent('user1', 'aborted', { signal: abort.signal }))
    request.run('aborter', () => abort.abort())
    request.run('invalid', () => void tracker.trackEvent('', ''))
    request.run('later', () => void tracker.trackEvent('user1', 'cut'))
    await turn()
    await request.run('closer', () => tracker.shutdown({ timeoutMs: 0 }))
    await turn()
    expect(tracker.stats()).toMatchObject({ accepted: 4, dropped: 3, rejected: 1 })
    expect(sightings.all).toEqual({ token: ['none'], onError: ['none'], logger: ['none'] })
  })

  test('nor what a clock of the caller’s wakes', async () => {
    const sightings = new Sightings()
    const timers: (() => void)[] = []
    const { promise: isWaiting, resolve } = Promise.withResolvers<void>()
    let now = 0
    const clock = {
      now: () => now,
      setTimeout: (callback: () => void, delayMs: number) => {
        timers.push(callback)
        if (delayMs >= 7_000 && delayMs < 8_000) resolve()
      },
      clearTimeout: () => undefined,
    }
    let nth = 0
    const fetch = async () => {
      sightings.see('fetch')
      return new Response('{}', { status: nth++ === 0 ? 503 : 200, headers: { 'Retry-After': '7' } })
    }
    const tracker = new EventTracker({ ...watched(sightings), clock, fetch })
    const delivery = tracker.trackEvent('user1', 'x')
    await isWaiting
    now += 8_000
    request.run('advancer', () => {
      for (const wake of timers.splice(0)) wake()
    })
    expect(await delivery).toMatchObject({ attempts: 2 })
    expect(sightings.all).toMatchObject({ token: ['none'], fetch: ['none'], onDelivered: ['none'] })
  })

  test('but whoever awaits goes on in their own', async () => {
    const tracker = new EventTracker({ token: 'secret-token', fetch: async () => Response.json({}) })
    const seen = await request.run('mine', async () => {
      await tracker.trackEvent('user1', 'x')
      return request.getStore()
    })
    expect(seen).toBe('mine')
  })
})
