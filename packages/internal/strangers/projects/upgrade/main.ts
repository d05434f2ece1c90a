import { EventTracker, identifyCustomer, trackEvent, ValidationError } from '@obsidianlaunch/events'
import { createEventsClient, type TrackEvent } from '@obsidianlaunch/events-client'

const tracker = new EventTracker({ maxRetries: 3, onError: () => {} })
await tracker.identifyCustomer('user123', {
  name: 'John Doe',
  email: 'john@example.com',
  properties: { plan: 'premium' },
})
tracker.trackEvent('user123', 'page_view')
const { delivered } = await tracker.shutdown({ timeoutMs: 30_000 })

const refused = await trackEvent('user123', '').catch((error: unknown) => error instanceof ValidationError)
await identifyCustomer('user456', 'Jane Doe', 'jane@example.com', { plan: 'free' })
const { status } = await trackEvent('user456', 'button_click')

const body: TrackEvent = { customer_id: 'user123', event: 'button_click' }
const token = process.env['EVENT_TRACKING_AUTH_TOKEN'] ?? null
const client = createEventsClient({ token, baseUrl: process.env['EVENT_TRACKING_BASE_URL'] ?? '' })
const { response } = await client.POST('/events/test', { body })
console.log(JSON.stringify({ delivered, refused, status, single: response.status }))
