import { type Fault, type FaultScript, faultOf, faultsOf } from '../faults/fault.ts'

/** Examples of faults as they are written on a command line. */
export const faultWords = '503x2, 429:4, delay:500, reset, hang, truncate, junk, refuse:2000, pass:40, 503@20%x*'

/**
 * Reads a script from a command line: JSON, or words such as `503x2,429:4,reset`. After the colon stands a number (seconds to
 * wait for a status, milliseconds for `delay` and `refuse`, requests for `pass`), after the @ a share, after the x how
 * often (`x*` for no end).
 *
 * @throws TypeError that names the entry which is unknown or malformed
 */
export function scriptOf(text: string): FaultScript {
  if (/^\s*[[{]/.test(text)) return faultsOf([parseJson(text)].flat())
  return text.split(',').map((word) => faultOfWord(word.trim()))
}

function faultOfWord(word: string): Fault {
  const parts = /^(\d{3}|[a-z]+)(?::(\d+))?(?:@(\d+(?:\.\d+)?)%)?(?:x(\d+|\*))?$/.exec(word)
  const [, what = '', number, share, count] = parts ?? []
  const often = {
    ...(share !== undefined && { rate: Number(share) / 100 }),
    ...(count !== undefined && { times: count === '*' ? Infinity : Number(count) }),
  }
  try {
    if (parts === null) throw new TypeError('It has another form')
    return faultOf({ ...kindOf(what, number === undefined ? undefined : Number(number)), ...often })
  } catch (cause) {
    throw new TypeError(`Unknown or malformed fault ${word || 'that is empty'}: write it like ${faultWords}`, { cause })
  }
}

function kindOf(what: string, number: number | undefined): object {
  if (/^\d/.test(what)) return { status: Number(what), ...(number !== undefined && { retryAfter: number }) }
  if (what === 'delay') return { delayMs: number }
  if (what === 'pass') return { pass: number ?? 1 }
  if (what === 'refuse') return { fault: what, ...(number !== undefined && { forMs: number }) }
  return number === undefined ? { fault: what } : { fault: what, delayMs: number }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TypeError(`The fault script is not JSON: ${(cause as Error).message}`, { cause })
  }
}
