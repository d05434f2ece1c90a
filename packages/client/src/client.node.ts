import { nodeTransport } from './dispatch-transport.ts'
import { lightClient } from './light-client.ts'
import { lightOrStandard } from './light-or-standard.ts'
import type { EventsClient, EventsClientOptions } from './options.ts'
import { platformFetch } from './platform-fetch.node.ts'
import { standardClient } from './standard-client.ts'

/** The same as in `client.ts`, with Node's dispatcher. */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  const standard = () => standardClient({ ...options, fetch: options.fetch ?? platformFetch })
  if (options.fetch !== undefined || options.transport === 'fetch') return standard()
  return lightOrStandard(lightClient(options, nodeTransport), standard, () => nodeTransport.isReady(options.logger))
}
