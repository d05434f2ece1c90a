import type { AnyExchange } from './exchange.ts'
import { type Comparison, brief, compare } from './pattern.ts'

/** Exchange that is most like the pattern; of several, the latest. */
export interface Nearest {
  exchange: AnyExchange
  comparison: Comparison
}

export function nearestTo(pattern: unknown, exchanges: readonly AnyExchange[]): Nearest | undefined {
  let nearest: Nearest | undefined
  for (const exchange of exchanges) {
    const comparison = compare(pattern, exchange)
    if (comparison.matched >= (nearest?.comparison.matched ?? 0)) nearest = { exchange, comparison }
  }
  return nearest
}

const shown = 10

/** Lists the exchanges that arrived, a line each; of many, the latest. */
export function listOf(exchanges: readonly AnyExchange[], isPart: boolean): string {
  if (exchanges.length === 0) {
    return isPart
      ? 'Nothing arrived here: only requests that carry the token or headers of this part do'
      : 'Nothing arrived'
  }
  const latest = exchanges.slice(-shown)
  const rest = exchanges.length > shown ? `, the latest ${shown}` : ''
  return [`${exchanges.length} arrived${rest}:`, ...latest.map((exchange) => `  ${lineOf(exchange)}`)].join('\n')
}

/** `#2 trackEvent 200 { customer_id: 'user123', event: 'button_click' }` */
export function lineOf({ seq, operation, method, path, status, fault, body, text, violations }: AnyExchange): string {
  const answer = status === 0 ? (fault ?? 'no answer') : status
  const content = body === undefined ? brief(text) : brief(body)
  const [violation] = violations
  const reason = violation === undefined ? '' : ` (${violation.message})`
  return `#${seq} ${operation ?? `${method} ${path}`} ${answer} ${content}${reason}`
}
