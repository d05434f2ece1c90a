import { exchange } from './dispatch/exchange.ts'
import { platformFetch } from './dispatch/platform-fetch.ts'
import { addressOf, defaultHeaders, dispatchOptions, isPlainValue } from './dispatch/request.ts'
import { transport } from './dispatch/transport.ts'
import { type Sender, type SenderOptions, standardSender, urlsOf } from './sender.ts'
import { authorizationOf, tokenProblem } from './token.ts'

/** Makes the sender of `sender.ts`, with Node's dispatcher where there is one. */
export function createSender(options: SenderOptions): Sender {
  const standard = standardSender({ ...options, fetch: options.fetch ?? platformFetch })
  if (options.fetch !== undefined || options.transport === 'fetch') return standard
  const { logger, userAgent } = options
  const urls = urlsOf(options)
  // The headers of a call, but for the value of the last one, its key: made once for a token, which seldom changes.
  let lastToken: string | null = null
  let headersWithToken = headersOf(lastToken, userAgent)
  return (call) => {
    const { token, idempotencyKey, body } = call
    const dispatcher = transport.dispatcher(logger)
    const address = addressOf(urls[call.operation])
    // The platform's `Headers` takes a key as it is, or knows what to make of it.
    if (dispatcher === undefined || address === undefined || !isPlainValue(idempotencyKey)) return standard(call)
    if (token !== lastToken) {
      // A fetch rejects it, in the words that do not show it.
      if (token !== null && tokenProblem(token) !== undefined) return standard(call)
      headersWithToken = headersOf(token, userAgent)
      lastToken = token
    }
    const headers = headersWithToken.slice()
    headers[headers.length - 1] = idempotencyKey
    return exchange(dispatcher, dispatchOptions(address, 'POST', headers, body), call, standard)
  }
}

function headersOf(token: string | null, userAgent: string | undefined): string[] {
  const authorization = token === null ? [] : ['authorization', authorizationOf(token)]
  return ['content-type', 'application/json', ...authorization, ...defaultHeaders(userAgent), 'idempotency-key', '']
}
