/** @jest-environment jsdom */
import { expect, test } from '@jest/globals'
import { EventTracker } from '@obsidianlaunch/events'

test('a tracker that is not enabled skips what is tracked', async () => {
  const tracker = new EventTracker({ enabled: false })
  expect(await tracker.trackEvent('user123', 'button_click')).toMatchObject({ skipped: true })
})

test('a tracker that is enabled says what is missing, at once', async () => {
  const tracker = new EventTracker({ token: 'any' })
  await expect(tracker.trackEvent('user123', 'button_click')).rejects.toThrow('This run time has no fetch')
})

test('a tracker with a fetch of your own needs nothing else', async () => {
  const fetch = async () => ({ status: 200, text: async () => '{}' })
  const tracker = new EventTracker({ token: 'any', fetch, maxRetries: 0 })
  expect(await tracker.trackEvent('user123', 'button_click')).toMatchObject({ status: 200 })
})
