import { platformFetch } from './dispatch/platform-fetch.ts'
import { fastClient } from './openapi-fetch/fast.ts'
import { standardClient } from './openapi-fetch/standard.ts'
import type { EventsClient, EventsClientOptions } from './options.ts'

/** Makes the client of `client.ts`, with Node's dispatcher where there is one. */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  const standard = () => standardClient({ ...options, fetch: options.fetch ?? platformFetch })
  return options.fetch !== undefined || options.transport === 'fetch' ? standard() : fastClient(options, standard)
}
