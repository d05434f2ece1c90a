import { cut } from '@obsidianlaunch/page/text'
import { isRecord } from './fields.ts'

/** The property of an event, as far as one line holds it. */
export interface PropertyLine {
  /** The call to a vendor, as in `POST api.openai.com 200`, then all other fields with their names. */
  readonly words: string
  /** Duration of the call for which the event stands, which has nothing to do with that of its own request. */
  readonly durationMs: number | undefined
}

// More than a row has space for.
const mostFields = 8
const valueLength = 80

export function propertyLine(property: Readonly<Record<string, unknown>>): PropertyLine {
  const { method, host, status, ...others } = property
  const durationMs = durationIn(property)
  const call = [method, host, status].filter((part) => typeof part === 'string' || typeof part === 'number')
  // Without a host they are perhaps the method and status of something else.
  const isCall = typeof host === 'string' && host !== ''
  const fields = Object.entries(isCall ? others : property)
    .filter(([name]) => name !== 'durationMs' || durationMs === undefined)
    .slice(0, mostFields)
    .map(([name, value]) => `${cut(name, valueLength)} ${cut(valueText(value), valueLength)}`)
  return { words: [...(isCall ? [cut(call.join(' '), valueLength)] : []), ...fields].join(' · '), durationMs }
}

/** Duration of the call that an event stands for; undefined where its property has none. */
export function durationIn(property: unknown): number | undefined {
  const durationMs = isRecord(property) ? property['durationMs'] : undefined
  return typeof durationMs === 'number' && durationMs >= 0 && Number.isFinite(durationMs) ? durationMs : undefined
}

/** A value of a trait or a property, as a person writes it where that cannot be mistaken. */
export function valueText(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}
