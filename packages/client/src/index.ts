/**
 * Types, validators and a thin client, generated from the OpenAPI document of Obsidian Launch's event tracking API.
 *
 * Not exported: ajv's validators themselves (`validateIdentifyCustomer` and `validateTrackEvent` speak for them).
 */
export { createEventsClient } from './client.ts'
export type { EventsClient, EventsClientOptions, TransportLogger } from './options.ts'
export type { BoundedBody } from './light-response.ts'
export { tokenProblem } from './token.ts'
export type { Token } from './token.ts'
export { defaultBaseUrl, operationPaths } from './operations.gen.ts'
export * from './bodies.gen.ts'
export type { Violation } from './validate.ts'
export type { components, operations, paths } from './openapi.gen.ts'
