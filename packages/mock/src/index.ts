export type { Exchange, Violation } from './exchange.ts'
export type { Fault, Pass, StatusFault } from './faults.ts'
export { type Mock, type MockOptions, startMock } from './mock.ts'
