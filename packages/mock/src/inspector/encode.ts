import type { ActiveFault } from '../faults/fault-scripts.ts'
import { type Fault, describeFault } from '../faults/fault.ts'
import type { AnyExchange } from '../recording/exchange.ts'
import type { WireExchange, WireFault } from './wire.ts'

export function wireExchange(exchange: AnyExchange): WireExchange {
  const { seq, id, operation, method, path, headers, text, violations, answer, fault, at, durationMs } = exchange
  const played = fault === undefined ? {} : { fault }
  return { seq, id, operation, method, path, headers, text, violations, answer, at, durationMs, ...played }
}

export function wireFault({ id, fault, filter, left }: ActiveFault): WireFault {
  return { id, text: wordsOf(fault), filter, left: left === Infinity ? null : left }
}

function wordsOf(fault: Fault): string {
  if ('pass' in fault) return 'pass'
  const share = 'rate' in fault && fault.rate !== undefined ? [`${Math.round(fault.rate * 100)} % of requests`] : []
  return [describeFault(fault), ...share].join(', ')
}
