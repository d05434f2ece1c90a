import { ask } from './platform.ts'

/**
 * Bytes of bodies that a page may have in flight by `fetch` with `keepalive`.
 *
 * @see https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
const mostBytes = 64 * 1024

/** Key of the bytes in flight, of all trackers of the page: also of those that come from another copy of this module. */
const inFlight = Symbol.for('obsidianlaunch.keepalive')
const page = globalThis as unknown as Record<symbol, number | undefined>

/** Tells whether a request with that body would survive the page now. */
export function canKeepAlive(body: string): boolean {
  return (page[inFlight] ?? 0) + bytesOf(body) <= mostBytes && ask(() => 'keepalive' in Request.prototype) === true
}

/** Takes space for a body among those that survive the page. @returns gives it back, once; undefined where there is none */
export function keepAlive(body: string): (() => void) | undefined {
  if (!canKeepAlive(body)) return undefined
  let bytes = bytesOf(body)
  page[inFlight] = (page[inFlight] ?? 0) + bytes
  return () => {
    page[inFlight] = (page[inFlight] ?? 0) - bytes
    bytes = 0
  }
}

function bytesOf(body: string): number {
  return new TextEncoder().encode(body).length
}
