const leastRetryAfterMs = 1_000
/** No server means that: a longer wait is taken for nonsense. */
const mostRetryAfterMs = 365 * 24 * 3_600_000

/**
 * The time that an answer's `Retry-After` asks to wait: whole seconds, or a date, which is measured against the answer's own
 * `Date`, since the two clocks may differ. At least a second; undefined where it is missing or nonsense.
 *
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : dateMs(value) - (dateMs(headers['date']) || nowMs)
  if (Number.isNaN(ms) || ms > mostRetryAfterMs) return undefined
  return Math.max(ms, leastRetryAfterMs)
}

/** All three forms of RFC 9110, section 5.6.7. Date.parse alone takes much that is no date. */
const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/

/** The moment that an HTTP date names; NaN where it is none. */
export function dateMs(value: string | undefined): number {
  return value !== undefined && httpDate.test(value) ? Date.parse(value) : Number.NaN
}
