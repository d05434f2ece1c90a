/**
 * The package without its client, and so without openapi-fetch: types and validators, and a sender of calls that are ready.
 * `@obsidianlaunch/events` stands on it.
 */
export { createSender } from './sender.ts'
export type { Sender, SenderCall, SenderOptions } from './sender.ts'
export { connectionProblem } from './connection-problem.ts'
export type { ConnectionProblem } from './connection-problem.ts'
export type { Fetch, FetchInit, FetchResult } from './fetch.ts'
export type { TransportLogger } from './dispatch/transport.ts'
export { roundedInteger } from './rounded-integer.ts'
export type { RequestSignal } from './dispatch/request.ts'
export type { BoundedBody } from './dispatch/response.ts'
export * from './api.ts'
