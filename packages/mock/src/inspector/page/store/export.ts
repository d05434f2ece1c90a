import { type TrackedEvent, parsed } from './event.ts'

/** One attempt a line, in the order of their events, with the body parsed where it is JSON. */
export function ndjsonOf(events: readonly TrackedEvent[]): string {
  return events
    .flatMap(({ attempts }) => attempts)
    .map((attempt) => `${JSON.stringify({ ...attempt, body: parsed(attempt.text) })}\n`)
    .join('')
}

export function exportName(now: Date): string {
  return `events-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.ndjson`
}
