import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Other origins that may use the inspector, such as `http://localhost:5173`. */
export type Origins = readonly string[]

/**
 * Gives the reason why a request may not reach the inspector, or undefined if it may. The recorder holds the events of
 * others: no page of another origin may read them, nor one that has rebound its own name to this machine's address.
 */
export function refuseStranger({ headers }: IncomingMessage, origins: Origins): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers
  if (!isOwnName(nameOf(host)) && !origins.some((allowed) => hostOf(allowed) === host)) {
    return `The inspector is not for the host ${host}: open it by the address of this machine`
  }
  if (origin !== undefined) {
    return origin === `http://${host}` || origins.includes(origin) ? undefined : `The inspector is not for ${origin}`
  }
  // A link may lead here; a frame, an image or a script of another page may not.
  const isLink = mode === 'navigate' && destination === 'document'
  const isStrange = site === 'cross-site' || site === 'same-site'
  return isStrange && !isLink ? 'The inspector is not for pages of other origins' : undefined
}

/** Tells a name or an address that no other page can have: a name could be rebound to any address. */
function isOwnName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0
}

function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replaceAll(/^\[|\]$/g, '')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
