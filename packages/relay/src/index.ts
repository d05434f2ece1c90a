/** The guide's backend proxy: it holds the token, and takes the API's two calls from those who must not have it. */
export { createRelay } from './relay.ts'
export type { Relay, RequestInfo } from './relay.ts'
export type { RelayOptions } from './options.ts'
export type { Asked } from './policy/hooks.ts'
export type { IdentityOptions } from './policy/identity.ts'
export type { Rate } from './policy/rate-limit.ts'
export type { RequestRecord } from './edge/record.ts'
export type { Problem } from './edge/refusal.ts'
