import { nodeTransport } from './dispatch-transport.ts'
import { LightCall } from './light-call.ts'
import { type Sender, type SenderOptions, standardSender, urlsOf } from './sender.ts'

/** The same as in `sender.ts`, with Node's dispatcher. */
export function createSender(options: SenderOptions): Sender {
  const standard = standardSender(options)
  if (options.fetch !== undefined || options.transport === 'fetch') return standard
  const urls = urlsOf(options)
  return (call) => {
    const request = new LightCall(urls[call.operation], call)
    return nodeTransport.isReady(options.logger) && request.isPlain ? nodeTransport.send(request) : standard(call)
  }
}
