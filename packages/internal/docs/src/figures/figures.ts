import type { Row } from '../../site/tables.ts'
import speedJson from './speed.json' with { type: 'json' }
import testsJson from './tests.json' with { type: 'json' }

/** Figures of the last run of the bench. */
export interface SpeedFigures {
  /** The machine that it ran on, in a sentence. */
  machine: string
  /** Events a second, one event a request. */
  throughput: Row[]
  /** Microseconds of CPU an event. */
  cpu: Row[]
  /** Microseconds that a call costs its thread. */
  call: Row[]
  /** Events a second through an outbox in a file. */
  outbox: Row[]
  /** Milliseconds that an import takes. */
  import: Row[]
}

/** Counts of the last run of the tests. */
export interface TestFigures {
  packages: { name: string; tests: number }[]
}

export const speed: SpeedFigures = speedJson
export const tests: TestFigures = testsJson
