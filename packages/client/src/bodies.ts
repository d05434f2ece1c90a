import type { components } from './openapi.gen.ts'

/** The body of `identifyCustomer`. */
export type IdentifyCustomer = components['schemas']['IdentifyCustomer']

/** The body of `trackEvent`. */
export type TrackEvent = components['schemas']['TrackEvent']
