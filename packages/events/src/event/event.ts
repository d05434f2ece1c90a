import type { IdentifyCustomer, operationPaths, TrackEvent } from '@obsidianlaunch/events-client/core'

/** The two calls of the API, by the names that its document gives them in the test environment. */
export type Operation = Exclude<keyof typeof operationPaths, `${string}InProduction`>

/** Environment that events are sent to: `test` is that of the provider's guides, and leaves production data alone. */
export type Environment = 'test' | 'production'

/** The members of an object, each of which may be left out or undefined. */
export type Optional<T> = { [K in keyof T]?: T[K] | undefined }

/** An object of your own: of an interface, a type or a class. A list, a Map and whatever else can be iterated is none. */
export type AnyObject = Record<string, unknown> | (object & { readonly [Symbol.iterator]?: never })

/** An object, with undefined for each member that may be left out: it is left out then. */
export type Given<T extends object> = [keyof T] extends [never]
  ? T
  : { [K in keyof T]: T extends Record<K, T[K]> ? T[K] : T[K] | undefined }

/** Facts about a customer: as many as you know. One that is undefined is not sent. */
export interface Traits<Properties extends object = AnyObject> extends Optional<
  Omit<IdentifyCustomer, 'customer_id' | 'properties' | 'created'>
> {
  /** Anything JSON can carry; a Date becomes ISO text. */
  properties?: Given<Properties> | undefined
  /** Time at which the customer came to you: a Date, or seconds (not milliseconds) since 1970, which is what is sent. */
  created?: Date | number | undefined
}

/** Facts about an event besides its name. */
export interface EventDetails<Property extends object = AnyObject> extends Optional<Pick<TrackEvent, 'category'>> {
  /** Anything JSON can carry; a Date becomes ISO text. */
  property?: Given<Property> | undefined
}

/** Event as a call gave it: not checked yet. */
export type GivenEvent =
  | { operation: 'identifyCustomer'; customerId: string; traits: Traits<Record<string, unknown>> }
  | ({ operation: 'trackEvent'; customerId: string; event: string } & EventDetails<Record<string, unknown>>)

/** Event as it is stored and sent: what was given at the call, serialised there. */
export interface OutboxEntry {
  readonly id: string
  readonly customerId: string
  readonly operation: Operation
  /** The JSON text of the request's body. */
  readonly body: string
  /** Time of the call, in milliseconds since 1970. */
  readonly acceptedAt: number
  /** Environment that it was accepted for, and is sent to whatever a later tracker sends to. Without one: `test`. */
  readonly environment?: Environment
  /** True if the id was minted for this entry: nobody will give it again, so an outbox need not remember it. */
  readonly hasMintedId?: boolean
}

/** Names the event that a hook is called for. It has no body: hooks tend to end in logs. */
export interface EventInfo {
  id: string
  operation: Operation
  customerId: string
  /** Number of attempts that were made. */
  attempts: number
}

/** Parts of an event that tell it from all others. */
export type Key = Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>

/** Makes one text of a key. Neither an environment nor an id has a line break, so no two keys give the same. */
export function keyOf({ customerId, id, environment = 'test' }: Key): string {
  return `${environment}\n${id}\n${customerId}`
}
