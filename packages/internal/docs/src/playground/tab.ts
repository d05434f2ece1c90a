/** The tab of the playground: the real tracker with its outbox in IndexedDB, in a document that can be closed at any moment. */
import { EventTracker } from '@obsidianlaunch/events'
import { indexedDbOutbox } from '@obsidianlaunch/events/indexeddb'
import { outboxName, publishableKey, type Tab, type TabHost, type TabWindow } from './protocol.ts'

function openTab(host: TabHost): Tab {
  const tracker = new EventTracker({
    baseUrl: new URL('api-in-this-page', location.href).href,
    authorization: publishableKey,
    outbox: indexedDbOutbox(outboxName),
    // Shorter than the default, for who watches.
    backoff: { baseMs: 500, capMs: 4_000 },
    fetch: async (url, { method, headers, body = '' }) => {
      const answer = await host.send({ path: pathOf(url), method, headers, body }).catch((thrown: Error) => {
        // As the fetch of a browser says it.
        throw new TypeError(thrown.message)
      })
      return new Response(answer.body, answer)
    },
    onDelivered: (receipt, about) => host.delivered(receipt, about),
    onError: (error, about) => host.failed(error, about),
  })
  return {
    start: () => tracker.start(),
    track: (customerId, number) => void tracker.trackEvent(customerId, 'button_click', { property: { number } }),
    stats: () => tracker.stats(),
    status: () => tracker.status(),
  }
}

/** The path of the API in an address below that of this document. */
function pathOf(url: string): string {
  return new URL(url).pathname.split('/api-in-this-page')[1] ?? ''
}

/** Lets the page around this document open the tab. */
export function offerTab(): void {
  Object.assign(globalThis, { openTab } satisfies TabWindow)
}
