import type { Fault } from '@obsidianlaunch/events-mock'

/** Bad answers spread over as many requests as the file has lines, so that a short file meets them too. */
export function faultsFor(lines: number): Fault[] {
  const pause = Math.floor(lines / 5)
  const failures: Fault = { status: 503, times: clamp(lines / 100, 1, 25) }
  const limit: Fault = { status: 429, retryAfter: 1, times: clamp(lines / 500, 1, 5) }
  const script: Fault[] = [{ pass: pause }, failures, { pass: pause }, limit]
  // A short file has seen enough by then: each 429 costs a second.
  if (lines >= 50) script.push({ pass: pause }, failures, { pass: pause }, limit)
  return script.filter((fault) => !('pass' in fault && fault.pass === 0))
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)))
}
