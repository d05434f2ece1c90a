/**
 * Types, validators and a thin client, generated from the OpenAPI document of Obsidian Launch's event tracking API.
 *
 * It does not export ajv's validators themselves: `validateIdentifyCustomer` and `validateTrackEvent` speak for them.
 */
export { createEventsClient } from './client.ts'
export type { Fetch, FetchInit, FetchResponse } from './fetch.ts'
export type { TransportLogger } from './dispatch/transport.ts'
export type { EventsClient, EventsClientOptions } from './options.ts'
export * from './api.ts'
