/** Settings of a page, which its server writes into it. */
export interface PageSettings {
  /** The address of the relay. */
  relay: string
  /** The publishable key; undefined where the relay wants a signed identity. */
  key?: string
  /** Keeps events in the browser's IndexedDB until the relay has them, so that they survive the page. */
  isDurable?: boolean
  /** Options of the tracker, where a page wants others than the defaults. */
  tracker?: { maxDeliveryMs?: number; backoff?: { baseMs?: number; capMs?: number }; attemptTimeoutMs?: number }
}
