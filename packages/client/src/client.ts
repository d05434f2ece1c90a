import type { EventsClient, EventsClientOptions } from './options.ts'
import { standardClient } from './openapi-fetch/standard.ts'

/**
 * Makes an openapi-fetch client of the event tracking API that sends the token. It has no retry and no queue:
 * `@obsidianlaunch/events` has.
 *
 * Redirects are not followed: they would turn the POST into a GET and carry the token to where it was not meant to go.
 *
 * @throws whatever `token` throws, TypeError for a token that no header can carry, and TypeError when the network fails: all
 * from the call and not from here
 * @example
 * const client = createEventsClient({ token: process.env.EVENT_TRACKING_AUTH_TOKEN ?? null })
 * const { data, error, response } = await client.POST('/events/test', {
 *   body: { customer_id: 'user123', event: 'button_click' },
 * })
 */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  return standardClient(options)
}
