/** @jest-environment jsdom */
import { expect, test } from '@jest/globals'
import { startMock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/jest'

expect.extend(mockMatchers)

test('a page of another origin reads the answers of the mock', async () => {
  const mock = await startMock()
  const request = new XMLHttpRequest()
  request.open('POST', `${mock.url}/events/test`)
  request.setRequestHeader('Authorization', 'Bearer any')
  request.setRequestHeader('Content-Type', 'application/json')
  request.send(JSON.stringify({ customer_id: 'user123', event: 'button_click' }))
  await new Promise((resolve) => request.addEventListener('loadend', resolve))
  expect([request.status, request.responseText]).toEqual([200, expect.stringContaining('success')])
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
  await mock.close()
})
