import type { IncomingHttpHeaders } from 'node:http'

/** Tells who has signed in, of a request of Node's or of the platform's. */
export function customerOf({ headers }: { headers: IncomingHttpHeaders | Headers }): string | undefined {
  const told = headers instanceof Headers ? headers.get('x-session') : headers['x-session']
  return told?.toString()
}
