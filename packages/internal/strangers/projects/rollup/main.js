import { EventTracker } from '@obsidianlaunch/events'

const tracker = new EventTracker({ token: null, baseUrl: new URL('/api', location.href).href })
await tracker.identifyCustomer('user123', { name: 'John Doe', email: 'john@example.com', properties: {} })
tracker.trackEvent('user123', 'button_click')
const { delivered } = await tracker.shutdown()
document.title = JSON.stringify({ delivered })
