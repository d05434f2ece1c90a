import type { EventInfo, EventTrackingError, Receipt, TrackerStats, TrackerStatus } from '@obsidianlaunch/events'

/** A request of the tracker, as its injected `fetch` was given it. */
export interface ApiRequest {
  readonly path: string
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer of the API that lives in the page. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The page around a tab: it carries requests to the API, and hears the hooks of the tab's tracker. */
export interface TabHost {
  /** @throws (as the rejection) where the network is off */
  send(request: ApiRequest): Promise<ApiAnswer>
  delivered(receipt: Receipt, about: EventInfo): void
  failed(error: EventTrackingError, about: EventInfo): void
}

/** A document of its own with a tracker in it. It ends as a tab does: without a word. */
export interface Tab {
  /** Goes on with what an earlier tab has left. */
  start(): Promise<unknown>
  track(customerId: string, number: number): void
  stats(): TrackerStats
  status(): TrackerStatus
}

/** The window of the frame that a tab is. */
export interface TabWindow {
  openTab(host: TabHost): Tab
}

/** The name of the outbox, and the database of the browser in which it is. */
export const outboxName = 'playground'
export const databaseName = `obsidian-events/${outboxName}`

export const customers = ['ada', 'bob', 'eve'] as const

/** A key as a page may have it: a relay knows it, and the API of this page does. */
export const publishableKey = 'pk_playground_of_this_page'
