import { lineOf, listOf, nearestTo } from './describe.ts'
import { type AnyExchange, type Violation, isInViolation } from './exchange.ts'
import { brief, corrected, isLike } from './pattern.ts'

/** Part of a test runner that a matcher uses: Vitest's and Jest's are alike here. */
export interface Runner {
  utils: { diff(expected: unknown, received: unknown): string | null | undefined }
}

export interface Verdict {
  pass: boolean
  message: () => string
}

interface Received {
  requests: readonly AnyExchange[]
  token?: string
}

/** The matchers as a test runner takes them: `expect.extend(mockMatchers)`. */
export const mockMatchers = {
  toHaveReceived(this: Runner, mock: unknown, wanted: unknown, body?: unknown): Verdict {
    const { requests, isPart } = receivedBy(mock)
    const pattern = patternOf(wanted, body)
    const found = requests.filter((exchange) => isLike(pattern, exchange))
    return {
      pass: found.length > 0,
      message: () =>
        found.length > 0
          ? `The mock was not to receive ${brief(pattern)}, but did:\n${listOf(found, isPart)}`
          : `The mock has not received ${brief(pattern)}\n\n${nearest(this, pattern, requests)}${listOf(requests, isPart)}`,
    }
  },

  toHaveReceivedTimes(this: Runner, mock: unknown, times: number, wanted: unknown, body?: unknown): Verdict {
    const { requests, isPart } = receivedBy(mock)
    const pattern = patternOf(wanted, body)
    const { length } = requests.filter((exchange) => isLike(pattern, exchange))
    return {
      pass: length === times,
      message: () =>
        `The mock has received ${brief(pattern)} ${inTimes(length)}, expected ${length === times ? 'another number of times' : inTimes(times)}\n\n${listOf(requests, isPart)}`,
    }
  },

  toHaveReceivedInOrder(this: Runner, mock: unknown, wanted: readonly unknown[]): Verdict {
    const { requests, isPart } = receivedBy(mock)
    const patterns = wanted.map((step) => (Array.isArray(step) ? patternOf(step[0], step[1]) : patternOf(step)))
    const { reached, rest } = follow(patterns, requests)
    const missing = patterns[reached]
    return {
      pass: missing === undefined,
      message: () =>
        missing === undefined
          ? `The mock was not to receive these ${patterns.length} in this order, but did\n\n${listOf(requests, isPart)}`
          : `The mock has received ${reached} of ${patterns.length} in this order. Then it should have been ${brief(missing)}\n\n${nearest(this, missing, rest)}${listOf(requests, isPart)}`,
    }
  },

  toHaveNoViolations(this: Runner, mock: unknown): Verdict {
    const { requests } = receivedBy(mock)
    const bad = requests.filter(isInViolation)
    return {
      pass: bad.length === 0,
      message: () =>
        bad.length === 0
          ? `Nothing that the mock received was in violation of the OpenAPI document (${requests.length} requests)`
          : `${bad.length} of ${requests.length} requests are in violation of the OpenAPI document:\n${bad.map(reasons).join('\n')}`,
    }
  },
}

function receivedBy(mock: unknown): { requests: readonly AnyExchange[]; isPart: boolean } {
  const { requests, token } = (mock ?? {}) as Partial<Received>
  if (!Array.isArray(requests))
    throw new TypeError(`This matcher is for what startMock() gives, not for ${brief(mock)}`)
  return { requests: requests as readonly AnyExchange[], isPart: token !== undefined }
}

/** `('trackEvent', { event: 'x' })` is short for `({ operation: 'trackEvent', body: { event: 'x' } })`. */
function patternOf(wanted: unknown, body?: unknown): object {
  if (typeof wanted === 'string') return { operation: wanted, ...(body !== undefined && { body }) }
  if (typeof wanted === 'object' && wanted !== null) return wanted
  throw new TypeError(`Name an operation or give part of an exchange, not ${brief(wanted)}`)
}

/** Counts the patterns that were found one after the other, and gives the requests after the last of them. */
function follow(patterns: readonly object[], requests: readonly AnyExchange[]) {
  let from = 0
  for (const [reached, pattern] of patterns.entries()) {
    const at = requests.findIndex((exchange, index) => index >= from && isLike(pattern, exchange))
    if (at === -1) return { reached, rest: requests.slice(from) }
    from = at + 1
  }
  return { reached: patterns.length, rest: [] }
}

function nearest({ utils }: Runner, pattern: object, requests: readonly AnyExchange[]): string {
  const found = nearestTo(pattern, requests)
  if (found === undefined) return ''
  const { exchange } = found
  const fields = Object.keys(pattern) as (keyof AnyExchange)[]
  const actual = Object.fromEntries(fields.map((field) => [field, exchange[field]]))
  const diff = utils.diff(corrected(pattern, actual), actual) ?? ''
  return `The nearest is ${lineOf(exchange)}\n${diff}\n\n`
}

function reasons(exchange: AnyExchange): string {
  const { violations, answer } = exchange
  const { violations: _, ...rest } = exchange
  const lines = [
    ...violations.map((one) => inWords(one, '')),
    ...answer.violations.map((one) => inWords(one, 'answer, ')),
  ]
  return [`  ${lineOf({ ...rest, violations: [] })}`, ...lines].join('\n')
}

function inWords({ location, path, message }: Violation, side: string): string {
  return `    ${side}${location}${path === '' ? '' : ` ${path}`}: ${message}`
}

function inTimes(count: number): string {
  return count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`
}
