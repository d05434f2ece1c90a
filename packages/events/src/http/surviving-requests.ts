import type { RequestSignal } from '@obsidianlaunch/events-client/core'
import type { OutboxEntry } from '../event/event.ts'
import { ask } from '../platform/platform.ts'
import { problemOf } from './answer.ts'

/**
 * Bytes of bodies that a page may have in flight by `fetch` with `keepalive`.
 *
 * @see https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
const mostBytes = 64 * 1024

/** Key of the bytes in flight, of all trackers of the page: also of those that come from another copy of this module. */
const inFlight = Symbol.for('obsidianlaunch.keepalive')
const page = globalThis as unknown as Record<symbol, number | undefined>

/** Lets requests survive the page that makes them, as far as a browser has space for them. */
export class SurvivingRequests {
  /** Events whose request survives the page, until its answer has been read. */
  readonly #entries = new Set<OutboxEntry>()
  /** Gives back the space of such a request once its response has been read. */
  readonly #ends = new WeakMap<Response, () => void>()
  /** Events whose request was to survive, and failed: others on the page may have used up what a browser allows. */
  readonly #failed = new WeakSet<OutboxEntry>()

  /** Tells whether a request for that event is on its way that survives the page. */
  has(entry: OutboxEntry): boolean {
    return this.#entries.has(entry)
  }

  /** Tells whether a request for that event would survive the page now. */
  fits(entry: OutboxEntry): boolean {
    const isLittle = (page[inFlight] ?? 0) + bytesOf(entry) <= mostBytes
    return isLittle && !this.#failed.has(entry) && ask(() => 'keepalive' in Request.prototype) === true
  }

  /** Sends the request for an event, so that it survives the page where there is space for that. */
  async send(
    entry: OutboxEntry,
    signal: RequestSignal,
    send: (keepalive: boolean) => Promise<Response>,
  ): Promise<Response> {
    if (!this.fits(entry)) {
      this.#failed.delete(entry)
      return send(false)
    }
    const end = this.#take(entry)
    // A fetch of somebody else's may not heed the signal.
    signal.addEventListener('abort', end)
    try {
      const response = await send(true)
      if (problemOf(response) === undefined) this.#ends.set(response, end)
      else end()
      return response
    } catch (thrown) {
      this.#failed.add(entry)
      end()
      throw thrown
    }
  }

  /** A response has been read. */
  end(response: Response): void {
    this.#ends.get(response)?.()
  }

  #take(entry: OutboxEntry): () => void {
    let bytes = bytesOf(entry)
    this.#entries.add(entry)
    page[inFlight] = (page[inFlight] ?? 0) + bytes
    return () => {
      this.#entries.delete(entry)
      page[inFlight] = (page[inFlight] ?? 0) - bytes
      bytes = 0
    }
  }
}

function bytesOf({ body }: OutboxEntry): number {
  return new TextEncoder().encode(body).length
}
