import { EventTracker } from '@obsidianlaunch/events'
import { currentCustomer, forCurrentCustomer, withCustomer } from '@obsidianlaunch/events/context'

export default {
  async fetch(_request, env, context) {
    const tracker = new EventTracker({
      token: env.EVENT_TRACKING_AUTH_TOKEN,
      baseUrl: env.EVENT_TRACKING_BASE_URL,
      waitUntil: (promise) => context.waitUntil(promise),
    })
    const events = forCurrentCustomer(tracker)
    const serve = async () => {
      await events.identifyCustomer({ name: 'John Doe', email: 'john@example.com', properties: {} })
      if (currentCustomer() !== 'user123') return new Response(`tracked for ${currentCustomer()}`)
      events.trackEvent('button_click')
      return new Response('tracked')
    }
    return withCustomer('user123', serve)
  },
}
