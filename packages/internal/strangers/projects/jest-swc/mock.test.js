import { expect, test } from '@jest/globals'
import { EventTracker } from '@obsidianlaunch/events'
import { startMock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/jest'

expect.extend(mockMatchers)

test('the mock receives what was tracked', async () => {
  const mock = await startMock()
  const tracker = new EventTracker({ token: 'any', baseUrl: mock.url })
  await tracker.trackEvent('user123', 'button_click')
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
  expect(mock).toHaveNoViolations()
  await mock.close()
})
