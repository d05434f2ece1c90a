import { compact } from '../format/json-lines.ts'
import { type TrackedEvent, lastAttempt } from './event.ts'
import { isRecord, parsed } from '../format/fields.ts'

/**
 * The calls as the command line takes them (`track --from`): one event a line with its id, however many attempts it took, so
 * that it is the same event wherever it is imported. Requests that are neither an identify nor a track, or whose body is no
 * object, are left out.
 */
export function callsOf(events: readonly TrackedEvent[]): string {
  return events.map(callOf).join('')
}

function callOf(event: TrackedEvent): string {
  const { text } = lastAttempt(event)
  if (event.kind === undefined || !isRecord(parsed(text))) return ''
  const fields = compact(text).slice(1)
  const own = JSON.stringify({ type: event.kind, id: event.idempotencyKey }).slice(1)
  // At the end, since the last of two fields of one name counts.
  return `{${fields.slice(0, -1)}${fields === '}' ? '' : ','}${own}\n`
}

/** One attempt a line, in the order of their events, with the body parsed where it is JSON. */
export function ndjsonOf(events: readonly TrackedEvent[]): string {
  return events
    .flatMap(({ attempts }) => attempts)
    .map((attempt) => `${JSON.stringify({ ...attempt, body: parsed(attempt.text) })}\n`)
    .join('')
}

export function exportName(what: string, now: Date): string {
  return `${what}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.ndjson`
}
