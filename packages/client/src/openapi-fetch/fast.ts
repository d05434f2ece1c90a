import createClient from 'openapi-fetch'
import type { DispatchTransport } from '../dispatch/transport.ts'
import { LightRequest } from './fast-request.ts'
import type { paths } from '../generated/openapi.gen.ts'
import { defaultBaseUrl } from '../generated/operations.gen.ts'
import type { EventsClient, EventsClientOptions } from '../options.ts'
import { withToken } from './standard.ts'

/** openapi-fetch on light requests. It looks at no more of a request and a response than those have. */
export function lightClient(options: EventsClientOptions, transport: DispatchTransport): EventsClient {
  const send = withToken(options, (request: LightRequest) => transport.send(request))
  return createClient<paths>({
    baseUrl: options.baseUrl ?? defaultBaseUrl,
    Request: LightRequest as unknown as typeof Request,
    fetch: send as unknown as (request: Request) => Promise<Response>,
  })
}
