import { EventTracker, type TrackerStats } from '@obsidianlaunch/events'

const tracker = new EventTracker()
await tracker.identifyCustomer('user123', { name: 'John Doe', email: 'john@example.com', properties: {} })
tracker.trackEvent('user123', 'button_click')
const { delivered }: TrackerStats = await tracker.shutdown()
console.log(JSON.stringify({ delivered }))
