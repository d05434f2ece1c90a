import type { CallOptions, Delivery, EventTracker } from '@obsidianlaunch/events'
import { roundedInteger } from '@obsidianlaunch/events-client/core'

export type CallType = 'identify' | 'track'

const trackFields = new Set(['type', 'customer_id', 'event', 'category', 'property'])

/**
 * Makes the call that a line describes, or gives the reason why it describes none. The SDK checks the values.
 *
 * @param usual the call of a line without a type
 */
export function callLine(
  tracker: EventTracker,
  text: string,
  usual: CallType,
  options: CallOptions,
): Delivery | { reason: string } {
  const line = parse(text)
  if ('reason' in line) return line
  const { type = usual, customer_id: customerId } = line.fields
  if (type === 'track') return track(tracker, line.fields, customerId as string, options)
  if (type !== 'identify') return { reason: `type ${JSON.stringify(type)} is unknown (identify or track)` }
  const { type: _type, customer_id: _customerId, ...traits } = line.fields
  return tracker.identifyCustomer(customerId as string, traits, options)
}

function track(tracker: EventTracker, fields: Fields, customerId: string, options: CallOptions) {
  for (const name in fields) if (!trackFields.has(name)) return { reason: `${name} is not a field of track` }
  const event = fields['event'] as string
  if (fields['category'] === undefined && fields['property'] === undefined) {
    return tracker.trackEvent(customerId, event, options)
  }
  const { category, property } = fields as { category?: string; property?: object }
  return tracker.trackEvent(customerId, event, { ...options, category, property })
}

type Fields = Record<string, unknown>

function parse(text: string): { fields: Fields } | { reason: string } {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      return { reason: 'is not a JSON object' }
    }
    const rounded = roundedInteger(text)
    if (rounded !== undefined) return { reason: `${rounded} would be rounded: write it as text, in quotes` }
    return { fields: fields as Fields }
  } catch (error) {
    // The parser counts lines within this one.
    return { reason: `is not JSON: ${(error as Error).message.replace(/ \(line \d+ column \d+\)$/, '')}` }
  }
}
