import type { AnyObject } from '../event/event.ts'
import type { VendorCall, VendorRule } from './rules.ts'

/** Tells of a fault of a rule. */
type Tell = (what: string, thrown?: unknown) => void

/** Asks a rule whether a call is booked. Where it cannot say, its status does. */
export function isBilled({ when }: VendorRule, call: VendorCall, tell: Tell): boolean {
  const usual = call.status < 400
  if (when === undefined) return usual
  try {
    const answer: unknown = when(call)
    if (typeof answer === 'boolean') return answer
    silence(answer)
    tell('when returns neither true nor false, so the status decides')
  } catch (thrown) {
    tell('when throws, so the status decides', thrown)
  }
  return usual
}

/** Asks a rule for the property of a call's event. Where it gives none that can be sent, it is the usual one. */
export function propertyOf(
  property: NonNullable<VendorRule['property']>,
  call: VendorCall,
  tell: Tell,
): AnyObject | undefined {
  try {
    const made: unknown = property(call)
    if (made === undefined) return undefined
    silence(made)
    // A copy: what cannot be sent is found out here, and not by the tracker, which would refuse the whole event.
    const copy: unknown = isObject(made) ? JSON.parse(JSON.stringify(made)) : undefined
    if (isObject(copy)) return copy
    tell('property does not return an object, so its events have the usual property')
  } catch (thrown) {
    tell('property throws, or returns what cannot be sent, so its events have the usual property', thrown)
  }
  return usualProperty(call)
}

/** The property of a call where its rule makes none. */
export function usualProperty({ host, method, status, durationMs }: VendorCall): AnyObject {
  return { host, method, status, durationMs }
}

function isObject(value: unknown): value is AnyObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Promise)
}

/** Keeps a promise that nobody asked for from ending the process by its rejection. */
function silence(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined)
}
