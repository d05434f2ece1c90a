import { EventTracker } from '@obsidianlaunch/events'
import { mockFixture } from '@obsidianlaunch/events-mock/vitest'
import { expect, test as base } from 'vitest'

const test = base.extend(mockFixture())

test('the mock receives what was tracked', async ({ mock }) => {
  const tracker = new EventTracker({ token: mock.token, baseUrl: mock.url })
  await tracker.trackEvent('user123', 'button_click')
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
  expect(mock).toHaveNoViolations()
})
