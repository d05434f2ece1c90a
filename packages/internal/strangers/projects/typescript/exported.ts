import { createEventsClient } from '@obsidianlaunch/events-client'
import { EventTracker, identifyCustomer, trackEvent, type Traits } from '@obsidianlaunch/events'

// What is inferred here is written to a declaration, in names that this project can reach.
export const client = createEventsClient({ token: 't' })
export const { POST, use } = client

export function track(event: string) {
  return client.POST('/events/test', { body: { customer_id: 'user123', event } })
}

export async function trackAndTell(event: string) {
  const { data, error, response } = await track(event)
  return { data, error, response }
}

interface Plan {
  plan: string
  seats?: number
}
declare const plan: Plan
declare const maybe: string | undefined
const tracker = new EventTracker()
const typed = new EventTracker<{ properties: Plan; events: { clicked: { where?: string } } }>()

export const traits: Traits = { properties: plan, email: maybe }
export const calls = [
  tracker.identifyCustomer('user123', { properties: plan, name: maybe }),
  tracker.trackEvent('user123', 'clicked', { property: plan, category: maybe }),
  identifyCustomer('user123', 'John', 'john@example.com', plan),
  trackEvent('user123', 'clicked', { property: plan }),
  typed.identifyCustomer('user123', { properties: { plan: 'pro', seats: undefined } }),
  typed.trackEvent('user123', 'clicked', { property: { where: maybe } }),
]
export const customer = client.POST('/customer/test', {
  body: { customer_id: 'user123', name: maybe, properties: plan },
})
