import { afterEach, describe, expect, test, vi } from 'vitest'
import { EventTracker } from '../../src/index.ts'
import { ok, serve } from '../support/server.ts'

afterEach(() => void vi.useRealTimers())

const { setImmediate } = globalThis
const never = () => new Promise<never>(() => undefined)
const turn = () => new Promise<void>((passed) => setImmediate(passed))

/** All that a fake timer library can take. */
const everything = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
] as const

describe('fake timers that come and go do not stop a tracker', () => {
  test('a call that was made while they were there is delivered', async () => {
    await using server = await serve(ok)
    const tracker = new EventTracker({ token: 'secret-token', baseUrl: server.url })
    vi.useFakeTimers({ toFake: [...everything] })
    const delivery = tracker.trackEvent('user123', 'x')
    vi.useRealTimers()
    expect(await delivery).toMatchObject({ status: 200 })
  })

  test('neither before they are gone', async () => {
    await using server = await serve(ok)
    const tracker = new EventTracker({ token: 'secret-token', baseUrl: server.url })
    vi.useFakeTimers({ toFake: [...everything] })
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ status: 200 })
    expect(await tracker.shutdown({ timeoutMs: 5_000 })).toMatchObject({ delivered: 1, pending: 0 })
  })

  test('one that had begun to wait before, or to retry, goes on', async () => {
    let nth = 0
    const fetch = async () => {
      // Fake at the first failure, real again at the second, with whatever was set in between.
      if (nth === 0) vi.useFakeTimers({ toFake: [...everything], now: 0 })
      if (nth === 1) vi.useRealTimers()
      return new Response('{}', { status: nth++ < 3 ? 503 : 200 })
    }
    const tracker = new EventTracker({ token: 'secret-token', fetch, backoff: { baseMs: 1, capMs: 5 } })
    const flushed = tracker.flush({ timeoutMs: 30_000 })
    const receipt = await tracker.trackEvent('user123', 'x')
    expect(receipt).toMatchObject({ status: 200, attempts: 4 })
    // Its times are those of the platform.
    expect(receipt.deliveredAt.getTime() - receipt.acceptedAt.getTime()).toBeLessThan(60_000)
    await flushed
    expect(await tracker.shutdown()).toMatchObject({ delivered: 1, pending: 0 })
  })

  test('a deadline that was asked for under them is kept', async () => {
    const tracker = new EventTracker({ token: 'secret-token', fetch: never })
    void tracker.trackEvent('user123', 'x')
    await turn()
    vi.useFakeTimers({ toFake: [...everything] })
    expect(await tracker.flush({ timeoutMs: 1 })).toMatchObject({ pending: 1 })
    expect(await tracker.shutdown({ timeoutMs: 1 })).toMatchObject({ dropped: 1, pending: 0 })
  })

  test('a clock of the caller’s decides alone how time passes', async () => {
    let now = 0
    const timers: { at: number; wake: () => void }[] = []
    const { promise: isWaiting, resolve } = Promise.withResolvers<void>()
    const clock = {
      now: () => now,
      setTimeout: (wake: () => void, delayMs: number) => {
        timers.push({ at: now + delayMs, wake })
        if (delayMs >= 7_000 && delayMs < 8_000) resolve()
      },
      clearTimeout: () => undefined,
    }
    let nth = 0
    const fetch = async () => new Response('{}', { status: nth++ === 0 ? 503 : 200, headers: { 'Retry-After': '7' } })
    vi.useFakeTimers({ toFake: [...everything] })
    const tracker = new EventTracker({ token: 'secret-token', fetch, clock })
    const delivery = tracker.trackEvent('user123', 'x')
    await isWaiting
    while (tracker.stats().pending > 0) {
      now += 1_000
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.wake()
        else timers.push(timer)
      }
      await turn()
    }
    expect(await delivery).toMatchObject({ attempts: 2 })
  })
})
