// Generated from spec/openapi.yaml by `pnpm generate`. Do not edit.
import type { components } from './openapi.gen.ts'
import { type Validator, type Violation, violations } from './validate.ts'
import * as validators from './validators.gen.ts'

/** The body of `identifyCustomer` or `identifyCustomerInProduction`. */
export type IdentifyCustomer = components['schemas']['IdentifyCustomer']

/**
 * Holds a body of `identifyCustomer` or `identifyCustomerInProduction` against the API document, without sending it.
 *
 * @returns every violation; an empty list means that the body is valid
 * @example
 * validateIdentifyCustomer({
 *   customer_id: 'user123',
 *   name: 'John Doe',
 *   email: 'john@example.com',
 *   properties: { plan: 'premium', signup_date: '2023-06-25' }
 * }) // []
 */
export function validateIdentifyCustomer(body: unknown): Violation[] {
  return violations(validators.IdentifyCustomer as Validator, body)
}

/** The body of `trackEvent` or `trackEventInProduction`. */
export type TrackEvent = components['schemas']['TrackEvent']

/**
 * Holds a body of `trackEvent` or `trackEventInProduction` against the API document, without sending it.
 *
 * @returns every violation; an empty list means that the body is valid
 * @example
 * validateTrackEvent({ customer_id: 'user123', event: 'button_click' }) // []
 */
export function validateTrackEvent(body: unknown): Violation[] {
  return violations(validators.TrackEvent as Validator, body)
}
