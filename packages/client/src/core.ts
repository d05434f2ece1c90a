/**
 * The package without its client, and so without openapi-fetch: types and validators, and what sends a call that is ready.
 * `@obsidianlaunch/events` stands on it.
 */
export { createSender } from './sender.ts'
export type { Sender, SenderCall, SenderOptions } from './sender.ts'
export type { TransportLogger } from './options.ts'
export type { BoundedBody } from './dispatch/response.ts'
export * from './api.ts'
