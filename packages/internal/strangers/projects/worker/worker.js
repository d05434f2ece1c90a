import { EventTracker } from '@obsidianlaunch/events'

export default {
  async fetch(request, env, context) {
    const tracker = new EventTracker({
      token: env.EVENT_TRACKING_AUTH_TOKEN,
      baseUrl: env.EVENT_TRACKING_BASE_URL,
      waitUntil: (promise) => context.waitUntil(promise),
    })
    await tracker.identifyCustomer('user123', { name: 'John Doe', email: 'john@example.com', properties: {} })
    tracker.trackEvent('user123', 'button_click')
    return new Response('tracked')
  },
}
