import { inspect } from 'node:util'

/** Repetition of a fault. */
export interface Often {
  /**
   * Number of requests that it strikes; `Infinity` for all that follow.
   *
   * @default 1
   */
  times?: number | undefined
  /**
   * Share of requests that it strikes, above 0 and up to 1; the others are answered properly and are not counted.
   *
   * @default 1
   */
  rate?: number | undefined
  /** Time that passes before the answer. */
  delayMs?: number | undefined
}

/** Answers with a status of your choice instead of looking at the request. */
export interface StatusFault extends Often {
  /** A status from 200 to 599. If the OpenAPI document has an example for the status, that example is the answer. */
  status: number
  /** Seconds for the `Retry-After` header; without it the example of the OpenAPI document decides. */
  retryAfter?: number | undefined
}

/** Answers properly, but late. */
export interface DelayFault extends Often {
  delayMs: number
}

/**
 * - `reset`: reads the request, then resets the connection
 * - `hang`: reads the request and never answers
 * - `truncate`: breaks off in the middle of the answer's body
 * - `junk`: answers 200 with a body that is not what its media type says
 */
export interface WireFault extends Often {
  fault: 'reset' | 'hang' | 'truncate' | 'junk'
}

/** Refuses connections for a while: nothing listens, and open connections are cut. */
export interface RefuseFault {
  fault: 'refuse'
  /**
   * Duration; `Infinity` until the script is replaced.
   *
   * @default 1000
   */
  forMs?: number | undefined
}

/** Lets requests through unharmed. */
export interface Pass {
  /** Number of requests. */
  pass: number
}

/** One entry of a fault script. */
export type Fault = StatusFault | DelayFault | WireFault | RefuseFault | Pass

/** The faults that may be written as a word, for once. */
export type FaultName = (WireFault | RefuseFault)['fault']

/** Faults in the order in which they are played. */
export type FaultScript = readonly (Fault | FaultName)[]

const wireFaults = new Set<unknown>(['reset', 'hang', 'truncate', 'junk'])
const known = `{ status: 503, times: 2 }, { status: 429, retryAfter: 1 }, { delayMs: 500 }, 'reset', 'hang', 'truncate', \
'junk', 'refuse', { fault: 'reset', times: 3 }, { fault: 'refuse', forMs: 1000 } and { pass: 40 }; all but the last two \
may have times, rate and delayMs`

/**
 * The entry in its long form.
 *
 * @throws TypeError that names the entry when it is unknown or malformed, and lists the known ones
 */
export function faultOf(entry: unknown): Fault {
  const fault = typeof entry === 'string' ? { fault: entry } : entry
  if (isFault(fault)) return given(fault)
  throw new TypeError(`Unknown or malformed fault ${inspect(entry, { breakLength: Infinity })}: known are ${known}`)
}

/** @throws TypeError when it is no list or has an entry that is unknown or malformed */
export function faultsOf(script: unknown): Fault[] {
  if (!Array.isArray(script)) throw new TypeError(`A fault script is a list of ${known}`)
  return script.map(faultOf)
}

/** A fault without the fields that are undefined, so that `in` tells its kind. */
function given(fault: Fault): Fault {
  return Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined)) as unknown as Fault
}

/** Describes a fault in a few words, without its repetition: `429, retry after 1 s`. */
export function describeFault(fault: Fault): string {
  if ('pass' in fault) return 'pass'
  const delay = 'delayMs' in fault ? [`delay ${fault.delayMs} ms`] : []
  if ('status' in fault) {
    const wait = fault.retryAfter === undefined ? [] : [`retry after ${fault.retryAfter} s`]
    return [...delay, String(fault.status), ...wait].join(', ')
  }
  return [...delay, ...('fault' in fault ? [fault.fault] : [])].join(', ')
}

function isFault(value: unknown): value is Fault {
  if (hasOnly(value, ['pass'])) return isCount(value['pass'])
  if (hasOnly(value, ['fault', 'forMs']) && value['fault'] === 'refuse') return isOptional(value['forMs'], isDuration)
  if (!hasOnly(value, ['fault', 'status', 'retryAfter', 'delayMs', 'times', 'rate'])) return false
  const { fault, status, retryAfter, delayMs, times, rate } = value
  const what = status === undefined ? fault !== undefined || delayMs !== undefined : fault === undefined
  return (
    what &&
    isOptional(fault, (name) => wireFaults.has(name)) &&
    isOptional(status, (code) => isCount(code) && code >= 200 && code <= 599) &&
    isOptional(retryAfter, (seconds) => status !== undefined && isCount(seconds)) &&
    isOptional(delayMs, (wait) => isDuration(wait) && wait !== Infinity) &&
    isOptional(times, (count) => count === Infinity || (isCount(count) && count > 0)) &&
    isOptional(rate, (share) => typeof share === 'number' && share > 0 && share <= 1)
  )
}

function hasOnly(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => keys.includes(key))
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

// What a timer can wait for.
const longest = 2 ** 31 - 1

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && (value <= longest || value === Infinity)
}
