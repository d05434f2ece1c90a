/**
 * Types, validators and a thin client, generated from the OpenAPI document of Obsidian Launch's event tracking API.
 *
 * Not exported: the generated validators themselves (`validateIdentifyCustomer` and `validateTrackEvent` speak for them).
 */
export { createEventsClient } from './client.ts'
export type { EventsClient, EventsClientOptions } from './client.ts'
export { tokenProblem } from './token.ts'
export type { Token } from './token.ts'
export { defaultBaseUrl, operationPaths } from './operations.gen.ts'
export { validateIdentifyCustomer, validateTrackEvent } from './validate.ts'
export type { Violation } from './validate.ts'
export type { IdentifyCustomer, TrackEvent } from './bodies.ts'
export type { components, operations, paths } from './openapi.gen.ts'
