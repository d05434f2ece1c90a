import { onTestFinished } from 'vitest'
import { withCustomer } from '../../src/context.ts'
import { bookVendorCalls, type VendorBooking, type VendorOptions, type VendorRules } from '../../src/vendors/vendors.ts'

/** An event that was tracked of a call. */
export interface Booked {
  readonly customer: string
  readonly event: string
  readonly category: string | undefined
  readonly property: Record<string, unknown> | undefined
}

/** Gives calls to a tracker that only notes them, until the test has ended. */
export function bookCalls(rules: VendorRules, options: VendorOptions = {}) {
  const events: Booked[] = []
  const told: string[] = []
  const tracker = {
    trackEvent(customer: string, event: string, more: object = {}) {
      events.push({ customer, event, ...(more as Pick<Booked, 'category' | 'property'>) })
    },
  }
  const logger = { warn: (message: string) => void told.push(message) }
  const stop: VendorBooking = bookVendorCalls(tracker, rules, { logger, ...options })
  onTestFinished(stop)
  return { events, told, stop, tracker }
}

/** Makes a call for a customer with the platform's fetch, and reads its answer. */
export function fetchFor(customer: string | null, url: string, init?: RequestInit): Promise<string> {
  return withCustomer(customer, async () => await (await fetch(url, init)).text())
}
