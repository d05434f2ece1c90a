import { DispatchTransport } from './dispatch-transport.ts'
import { lightClient } from './light-client.ts'
import { lightOrStandard } from './light-or-standard.ts'
import type { EventsClient, EventsClientOptions } from './options.ts'
import { standardClient } from './standard-client.ts'

/** One for the process: what it finds out holds for every client. */
const transport = /* @__PURE__ */ new DispatchTransport()

/** The same as in `client.ts`, with Node's dispatcher. */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  const standard = () => standardClient(options)
  if (options.fetch !== undefined || options.transport === 'fetch') return standard()
  return lightOrStandard(lightClient(options, transport), standard, () => transport.isReady(options.logger))
}
