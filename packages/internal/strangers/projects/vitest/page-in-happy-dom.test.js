// @vitest-environment happy-dom
import { mockFixture } from '@obsidianlaunch/events-mock/vitest'
import { expect, test as base } from 'vitest'

const test = base.extend(mockFixture())

test('a page of another origin reads the answers of the mock', async ({ mock }) => {
  const answer = await window.fetch(`${mock.url}/events/test`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${mock.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ customer_id: 'user123', event: 'button_click' }),
  })
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ success: true })])
  expect(mock).toHaveReceived('trackEvent', { event: 'button_click' })
})
