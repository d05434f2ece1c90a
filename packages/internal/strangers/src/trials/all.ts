import { bundlerTrials } from './bundlers.ts'
import { fetchTrials } from './fetches.ts'
import { nextTrials } from './next.ts'
import { nodeTrials } from './nodes.ts'
import { runTimeTrials } from './run-times.ts'
import { testRunnerTrials } from './tests.ts'
import { typeTrials } from './types.ts'

/** Every stranger, in the order of the tables. */
export const trials = [
  ...nodeTrials,
  ...nextTrials,
  ...typeTrials,
  ...bundlerTrials,
  ...runTimeTrials,
  ...testRunnerTrials,
  ...fetchTrials,
]
