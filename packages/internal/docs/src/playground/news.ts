import type { EventInfo, EventTrackingError, Receipt } from '@obsidianlaunch/events'

/** A call of a hook: `onDelivered` with a receipt, or `onError` with an error. */
export type News = { readonly about: EventInfo; readonly number: number | undefined } & (
  | { readonly receipt: Receipt }
  | { readonly error: EventTrackingError }
)
