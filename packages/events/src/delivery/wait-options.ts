/** How long to wait for what is owed. */
export interface WaitOptions {
  /** Milliseconds. @default until nothing is owed, which the tracker's budgets bound */
  timeoutMs?: number
}

/** A wait promises never to fail, so a deadline that makes no sense is told to `misuse` and not thrown. */
export function timeoutOf(options: unknown, misuse: (problem: string) => void): number {
  const { timeoutMs = Infinity, ...unknown } = fieldsOf(options)
  const names = Object.keys(unknown)
  if (names.length > 0) misuse(`Unknown option ${names.join(', ')} of a wait; known is: timeoutMs.`)
  if (typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs)) return Math.max(0, timeoutMs)
  misuse('timeoutMs must be a number; this wait has no deadline.')
  return Infinity
}

/** A bare value can only be meant as the milliseconds. */
function fieldsOf(options: unknown): { timeoutMs?: unknown } {
  if (options === undefined || options === null) return {}
  return typeof options === 'object' ? options : { timeoutMs: options }
}
