import type { EventTrackingError, ValidationError } from '@obsidianlaunch/events'

/** What the API says about a line itself, and not about how, where or by whom it is sent. */
const faultsOfLines = new Set([400, 409, 413, 422])

/** Whether it is this line that is wrong, so that the next ones need not be. */
export function isFaultOfLine(error: EventTrackingError): boolean {
  return error.code === 'validation' || faultsOfLines.has((error as { status?: number }).status ?? 0)
}

/** Next to the number of a line the bare issues read best. */
export function reasonOf(error: EventTrackingError): string {
  if (error.code !== 'validation') return error.message
  return (error as ValidationError).issues.map(({ path, reason }) => `${path} ${reason}`.trim()).join('; ')
}
