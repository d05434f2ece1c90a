import {
  type IdentifyCustomer,
  type TrackEvent,
  validateIdentifyCustomer,
  validateTrackEvent,
} from '@obsidianlaunch/events-client/core'
import type { GivenEvent, Issue, Operation } from '@obsidianlaunch/events'
import { type Fault, Refusal } from './refusal.ts'

/** Makes an event of a body, as the API's document describes it. */
export function eventOf(operation: Operation, body: unknown): GivenEvent | Refusal {
  const validate = operation === 'trackEvent' ? validateTrackEvent : validateIdentifyCustomer
  const violations = validate(body)
  if (violations.length > 0) {
    const faults = violations.map(({ path, message }) => ({ pointer: pointerTo(path, body), detail: message }))
    return new Refusal('not-valid', sentenceOf(faults), { faults })
  }
  if (operation === 'trackEvent') {
    const { customer_id: customerId, ...event } = body as TrackEvent
    return { operation, customerId, ...event } as GivenEvent
  }
  const { customer_id: customerId, ...traits } = body as IdentifyCustomer
  return { operation, customerId, traits } as GivenEvent
}

/** The faults that the tracker found in an event that the document allows. */
export function faultsOf(issues: readonly Issue[], body: unknown): Fault[] {
  return issues.map(({ path, reason }) => ({ pointer: pointerTo(path, body), detail: reason }))
}

/** Names the first fault and says how many more there are. */
export function sentenceOf(faults: readonly Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'The event cannot be sent.'
  const field = first.pointer === '#' ? 'The body' : first.pointer.slice(2).replaceAll('/', '.')
  const more = faults.length > 1 ? ` And ${faults.length - 1} more, see errors.` : ''
  return `${field} ${first.detail}.${more}`
}

/** Pointer to a field whose path is written with dots, which its names may have as well: the body tells which are meant. */
function pointerTo(path: string, body: unknown): string {
  let pointer = '#'
  let rest = path
  let value: unknown = body
  while (rest !== '') {
    const name = nameAtStart(rest, value)
    pointer += `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
    rest = rest.slice(name.length + 1)
  }
  return pointer
}

/** The longest name of a member with which the path begins; else what stands before its first dot. */
function nameAtStart(path: string, value: unknown): string {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const fitting = names.filter((name) => name !== '' && (path === name || path.startsWith(`${name}.`)))
  return fitting.toSorted((a, b) => b.length - a.length)[0] ?? path.split('.', 1)[0] ?? path
}
