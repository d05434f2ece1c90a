export type { AnyExchange, Exchange, GoodExchange, SentAnswer, Violation } from './recording/exchange.ts'
export type {
  DelayFault,
  Fault,
  FaultName,
  FaultScript,
  Pass,
  RefuseFault,
  StatusFault,
  WireFault,
} from './faults/fault.ts'
export type { FaultFilter } from './faults/fault-filter.ts'
export { type Mock, startMock } from './mock.ts'
export type { Bodies } from './recording/bodies.ts'
export type { MockOptions } from './server/options.ts'
export type { Found, PartOf, Pattern } from './recording/pattern.ts'
export type { Isolated, MockView, TokenIsolated, WaitOptions } from './recording/view.ts'
