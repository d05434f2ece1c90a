import { startMock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/jest'

export async function matches(): Promise<void> {
  expect.extend(mockMatchers)
  await using mock = await startMock()
  expect(mock).toHaveReceived('trackEvent', { event: /^button_/, customer_id: expect.any(String) })
  expect(mock).not.toHaveReceivedTimes(2, 'trackEvent')
  expect(mock).toHaveReceivedInOrder(['identifyCustomer', 'trackEvent'])
  expect(mock).toHaveNoViolations()
  // @ts-expect-error -- no operation of the OpenAPI document
  expect(mock).toHaveReceived('trackEvents')
  // @ts-expect-error -- a field of another type
  expect(mock).toHaveReceived('trackEvent', { event: 1 })
}
