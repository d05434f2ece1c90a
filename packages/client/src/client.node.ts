import { nodeTransport } from './dispatch/transport.ts'
import { lightClient } from './openapi-fetch/fast.ts'
import { lightOrStandard } from './openapi-fetch/fast-or-standard.ts'
import type { EventsClient, EventsClientOptions } from './options.ts'
import { platformFetch } from './dispatch/platform-fetch.ts'
import { standardClient } from './openapi-fetch/standard.ts'

/** The same as in `client.ts`, with Node's dispatcher. */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  const standard = () => standardClient({ ...options, fetch: options.fetch ?? platformFetch })
  if (options.fetch !== undefined || options.transport === 'fetch') return standard()
  return lightOrStandard(lightClient(options, nodeTransport), standard, () => nodeTransport.isReady(options.logger))
}
