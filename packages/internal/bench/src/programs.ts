/** All that a package exports. */
export function whole(name: string): string {
  return `export * from '${name}'`
}

/** The outbox that a page adds to the SDK. */
export const browserOutbox = '@obsidianlaunch/events/indexeddb'

/** The least that does something. */
export const oneCall: Record<string, string> = {
  '@obsidianlaunch/events-client': `import { createEventsClient } from '@obsidianlaunch/events-client'
    createEventsClient({ token: null }).POST('/events/test', { body: { customer_id: 'user123', event: 'x' } })`,
  '@obsidianlaunch/events': `import { EventTracker } from '@obsidianlaunch/events'
    new EventTracker().trackEvent('user123', 'x')`,
}
