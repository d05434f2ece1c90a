import type { AnyObject } from '../event/event.ts'

/** A request to a vendor whose answer has begun. There is nothing in it of headers, bodies or the query. */
export interface VendorCall {
  /** In lower case, with its port where that is not the usual one. */
  readonly host: string
  readonly method: string
  readonly status: number
  /** Milliseconds from the request to the head of the answer. */
  readonly durationMs: number
  /** Without its query. Secrets, e-mail addresses and keys may stand in it, so nothing is made of it but by your own function. */
  readonly path: string
}

/** The event that a call of a vendor becomes. */
export interface VendorRule<Name extends string = string> {
  /** The event's name, such as `OpenAI API Call`. */
  readonly event: Name
  readonly category?: string | undefined
  /** The event's property. @default host, method, status and durationMs of the call */
  readonly property?: ((call: VendorCall) => AnyObject | undefined) | undefined
  /** Tells whether a call is booked. @default one whose status is below 400: what a vendor refused it seldom bills */
  readonly when?: ((call: VendorCall) => boolean) | undefined
}

/**
 * Rules by host: `api.openai.com`, with a port `localhost:3000`, the subdomains of a domain `*.amazonaws.com`, or any host
 * `*`. Where several match, the most exact one counts.
 */
export type VendorRules<Name extends string = string> = Readonly<Record<string, VendorRule<Name>>>

/** Counts of the answered calls that a rule is for: each is in one of them. */
export interface VendorStats {
  /** Given to the tracker as events; what becomes of those it counts. */
  readonly booked: number
  /** Not to be booked, by their status or the rule's `when`. */
  readonly notBilled: number
  /** Made with no customer in context, and booked to nobody. */
  readonly withoutCustomer: number
}

/** The call of a tracker that is needed. */
export interface VendorTracker {
  trackEvent(customerId: string, event: string, options?: object): unknown
}
