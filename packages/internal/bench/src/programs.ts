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

/** The least that does something in a page, which sends to a relay. */
export const onePage = `import { EventTracker } from '@obsidianlaunch/events'
  const options = { baseUrl: 'https://app.example.com/relay', authorization: 'pk_live_1' }
  new EventTracker(options).trackEvent('user123', 'x')`
