import { inspect } from 'node:util'

/** Answers with a status of your choice instead of looking at the request. */
export interface StatusFault {
  /** From 200 to 599. What the document has an example for is answered with that example. */
  status: number
  /** Seconds for the `Retry-After` header; without it the document's example decides. */
  retryAfter?: number
  /**
   * How many requests are answered so; `Infinity` for all that follow.
   *
   * @default 1
   */
  times?: number
}

/** Lets requests through unharmed. */
export interface Pass {
  /** How many. */
  pass: number
}

/** One entry of a fault script. */
export type Fault = StatusFault | Pass

/** A fault script that is being played. */
export interface Faults {
  /** Replaces what is left of the script before. */
  play(script: readonly Fault[]): void
  /** What the next request gets: a fault, or undefined for a proper answer. */
  next(): StatusFault | undefined
}

const known = '{ status: 503, times: 2 }, { status: 429, retryAfter: 1 } and { pass: 40 }'

export function createFaults(): Faults {
  let entries: { fault: StatusFault | undefined; left: number }[] = []
  return {
    play: (script) => {
      if (!Array.isArray(script)) throw new TypeError(`A fault script is a list of ${known}`)
      entries = script.map(entryOf)
    },
    next: () => {
      while (entries[0]?.left === 0) entries.shift()
      const entry = entries[0]
      if (entry === undefined) return undefined
      entry.left -= 1
      return entry.fault
    },
  }
}

function entryOf(fault: Fault): { fault: StatusFault | undefined; left: number } {
  if (isPass(fault)) return { fault: undefined, left: fault.pass }
  if (isStatusFault(fault)) return { fault: { ...fault }, left: fault.times ?? 1 }
  throw new TypeError(`Unknown or malformed fault ${inspect(fault, { breakLength: Infinity })}: known are ${known}`)
}

function isPass(fault: unknown): fault is Pass {
  return hasOnly(fault, ['pass']) && isCount(fault['pass'])
}

function isStatusFault(fault: unknown): fault is StatusFault {
  if (!hasOnly(fault, ['status', 'retryAfter', 'times'])) return false
  const { status, retryAfter, times } = fault
  return (
    isCount(status) &&
    status >= 200 &&
    status <= 599 &&
    (retryAfter === undefined || isCount(retryAfter)) &&
    (times === undefined || times === Infinity || (isCount(times) && times > 0))
  )
}

function hasOnly(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => keys.includes(key))
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
