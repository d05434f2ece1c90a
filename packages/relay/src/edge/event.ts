import {
  type IdentifyCustomer,
  type TrackEvent,
  validateIdentifyCustomer,
  validateTrackEvent,
} from '@obsidianlaunch/events-client/core'
import type { GivenEvent, Issue, Operation } from '@obsidianlaunch/events'
import { pointerTo } from './pointer.ts'
import { type Fault, Refusal } from './refusal.ts'

/** The number of faults that an answer lists: a body may have thousands. */
export const mostFaults = 20
/** Names may be as long as a body. */
const longestField = 100

/** Makes an event of a body, as the API's document describes it. */
export function eventOf(operation: Operation, body: unknown): GivenEvent | Refusal {
  const validate = operation === 'trackEvent' ? validateTrackEvent : validateIdentifyCustomer
  const violations = validate(body)
  if (violations.length > 0) {
    const issues = violations.map(({ path, message }) => ({ path, reason: message }))
    const faults = faultsOf(issues, body)
    return new Refusal('not-valid', sentenceOf(faults), { faults })
  }
  if (operation === 'trackEvent') {
    const { customer_id: customerId, ...event } = body as TrackEvent
    return { operation, customerId, ...event } as GivenEvent
  }
  const { customer_id: customerId, ...traits } = body as IdentifyCustomer
  return { operation, customerId, traits } as GivenEvent
}

/** The faults of a body, the first ones where there are many. */
export function faultsOf(issues: readonly Issue[], body: unknown): Fault[] {
  return issues.slice(0, mostFaults).map(({ path, reason }) => ({ pointer: pointerTo(path, body), detail: reason }))
}

/** Names the first fault and says how many more there are. */
export function sentenceOf(faults: readonly Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'The event cannot be sent.'
  const name = first.pointer.slice(2).replaceAll('/', '.') || 'The body'
  const field = name.length > longestField ? `${name.slice(0, longestField)}…` : name
  const more = faults.length > 1 ? ` And ${faults.length - 1} more, see errors.` : ''
  return `${field} ${first.detail}.${more}`
}
