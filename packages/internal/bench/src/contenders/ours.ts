import { createEventsClient } from '@obsidianlaunch/events-client'
import { EventTracker } from '@obsidianlaunch/events'
import { event, failed, type Open, token } from './contender.ts'

function client(transport: 'auto' | 'fetch'): Open {
  return (baseUrl, delivered) => {
    const api = createEventsClient({ baseUrl, token, transport })
    const send = async (customer: string): Promise<void> => {
      const { response } = await api.POST('/events/test', {
        body: { customer_id: customer, event },
        params: { header: { 'Idempotency-Key': customer } },
      })
      if (!response.ok) failed(response.status)
      delivered()
    }
    return { track: (customer) => void send(customer).catch(failed) }
  }
}

export const ourClient = client('auto')
export const ourClientOnFetch = client('fetch')

export const ourTracker: Open = (baseUrl, delivered) => {
  const tracker = new EventTracker({ baseUrl, token, onDelivered: delivered, onError: failed })
  return { track: (customer) => void tracker.trackEvent(customer, event) }
}
