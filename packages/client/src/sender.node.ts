import { nodeTransport } from './dispatch/transport.ts'
import { usualHeadersOf } from './dispatch/request.ts'
import { LightCall } from './sender-call.ts'
import { isPlainValue } from './openapi-fetch/plain-headers.ts'
import { platformFetch } from './dispatch/platform-fetch.ts'
import { type Sender, type SenderOptions, standardSender, urlsOf } from './sender.ts'

/** The same as in `sender.ts`, with Node's dispatcher. */
export function createSender(options: SenderOptions): Sender {
  const standard = standardSender({ ...options, fetch: options.fetch ?? platformFetch })
  if (options.fetch !== undefined || options.transport === 'fetch') return standard
  const urls = urlsOf(options)
  const { userAgent } = options
  const usual = usualHeadersOf(userAgent)
  return (call) => {
    // The platform's `Headers` takes a key as it is, or knows what to make of it.
    const isLight = nodeTransport.isReady(options.logger) && isPlainValue(call.idempotencyKey)
    return isLight ? nodeTransport.send(new LightCall(urls[call.operation], call, usual, userAgent)) : standard(call)
  }
}
