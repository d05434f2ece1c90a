import { expect, test } from '@jest/globals'
import { EventTracker } from '@obsidianlaunch/events'
import { startMock } from '@obsidianlaunch/events-mock'

test('the mock receives what was tracked', async () => {
  const mock = await startMock()
  const tracker = new EventTracker({ token: 'any', baseUrl: mock.url })
  await tracker.trackEvent('user123', 'button_click')
  expect(mock.good).toMatchObject([{ operation: 'trackEvent', body: { event: 'button_click' } }])
  await mock.close()
})
