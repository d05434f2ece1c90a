import { EventTracker } from '@obsidianlaunch/events'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.useRealTimers())

test('a retry waits for the fake clock', async () => {
  vi.useFakeTimers()
  const answers = [new Response('', { status: 503 }), Response.json({})]
  const tracker = new EventTracker({ token: 'any', fetch: async () => answers.shift() })
  const delivery = tracker.trackEvent('user123', 'button_click')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await delivery).toMatchObject({ status: 200, attempts: 2 })
  expect(await tracker.shutdown()).toMatchObject({ accepted: 1, delivered: 1 })
})
