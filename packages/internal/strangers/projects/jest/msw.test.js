import { EventTracker } from '@obsidianlaunch/events'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const seen = []
const server = setupServer(
  http.post('https://events.obsidianlaunch.co/events/test', async ({ request }) => {
    seen.push(await request.json())
    return HttpResponse.json({})
  }),
)
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterAll(() => server.close())

test('msw answers for the API', async () => {
  const tracker = new EventTracker({ token: 'any', maxRetries: 0 })
  expect(await tracker.trackEvent('user123', 'button_click')).toMatchObject({ status: 200, attempts: 1 })
  expect(seen).toEqual([{ customer_id: 'user123', event: 'button_click' }])
})
