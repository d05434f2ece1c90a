import { EventTracker } from '@obsidianlaunch/events'
import { type MockFixtures, mockFixture } from '@obsidianlaunch/events-mock/vitest'
import { expect, test as base } from 'vitest'

const test = base.extend<MockFixtures>(mockFixture())

test('the mock receives what was tracked', async ({ mock }) => {
  const tracker = new EventTracker({ token: mock.token, baseUrl: mock.url })
  await tracker.trackEvent('user123', 'button_click')
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click', customer_id: expect.any(String) })
  expect(mock).not.toHaveReceived('identifyCustomer')
  expect(mock).toHaveReceivedInOrder([['trackEvent', { event: /^button_/ }]])
  expect(mock).toHaveNoViolations()
  // @ts-expect-error -- no operation of the OpenAPI document
  expect(mock).not.toHaveReceived('trackEvents')
  // @ts-expect-error -- a field of another type
  expect(mock).not.toHaveReceived('trackEvent', { event: 1 })
})
