import type { IdentifyCustomer, operationPaths, TrackEvent } from '@obsidianlaunch/events-client/core'

/** The two calls of the API, by the names that its document gives them in the test environment. */
export type Operation = Exclude<keyof typeof operationPaths, `${string}InProduction`>

/** Where events go: `test` is the environment of the provider's guides, and leaves production data alone. */
export type Environment = 'test' | 'production'

/** What is said about a customer: as much of it as you know. */
export interface Traits<Properties extends object = Record<string, unknown>> extends Omit<
  IdentifyCustomer,
  'customer_id' | 'properties' | 'created'
> {
  /** Anything JSON can carry; a Date becomes ISO text. */
  properties?: Properties
  /** When the customer came to you: a Date, or seconds since 1970, which is what is sent. */
  created?: Date | number
}

/** What is said about an event besides its name. */
export interface EventDetails<Property extends object = Record<string, unknown>> extends Pick<TrackEvent, 'category'> {
  /** Anything JSON can carry; a Date becomes ISO text. */
  property?: Property
}

/** What a call gave, as it was given: not checked yet. */
export type GivenEvent =
  | { operation: 'identifyCustomer'; customerId: string; traits: Traits }
  | ({ operation: 'trackEvent'; customerId: string; event: string } & EventDetails)

/** An event as it waits and travels: what was given at the call, serialised there. */
export interface Entry {
  readonly id: string
  readonly customerId: string
  readonly operation: Operation
  /** The JSON text of the request's body. */
  readonly body: string
  /** When the call was made: time of day, in milliseconds. */
  readonly acceptedAt: number
  /** Where it was accepted for, and is sent to whatever a later tracker sends to. Without one: `test`. */
  readonly environment?: Environment
  /** Whether the id was made for this entry: nobody will give it again, so an outbox need not remember it. */
  readonly hasMintedId?: boolean
}

/** Which event a hook is told about. It has no body: hooks tend to end in logs. */
export interface EventInfo {
  id: string
  operation: Operation
  customerId: string
  /** How many attempts were made. */
  attempts: number
}

/** What an event is known by. */
export type Key = Pick<Entry, 'customerId' | 'id' | 'environment'>

/** Neither an environment nor an id has a line break, so no two give the same key. */
export function keyOf({ customerId, id, environment = 'test' }: Key): string {
  return `${environment}\n${id}\n${customerId}`
}
