/**
 * Types, validators and a thin client, generated from the OpenAPI document of Obsidian Launch's event tracking API.
 *
 * It does not export ajv's validators themselves: `validateIdentifyCustomer` and `validateTrackEvent` speak for them.
 */
export { createEventsClient } from './client.ts'
export type { Fetch, FetchInit, FetchResult } from './fetch.ts'
export type { TransportLogger } from './dispatch/transport.ts'
export type { EventsClient, EventsClientOptions } from './options.ts'
export * from './api.ts'
// The types of what the client returns, so that those who export something around it need not name a package of ours that
// they have not installed.
export type { ClientMethod, FetchOptions, FetchResponse, MaybeOptionalInit, Middleware } from 'openapi-fetch'
export type { ErrorResponse, MediaType, Readable, ResponseObjectMap, SuccessResponse } from 'openapi-typescript-helpers'
