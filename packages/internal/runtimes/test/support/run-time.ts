import type { Result, Trait } from '../../src/case.ts'

/** One that is here. */
export interface RunTime {
  name: string
  traits: readonly Trait[]
  /** Runs the suite there. */
  run: () => Promise<Result[]>
}

/** One that is not, and how to have it. */
export interface Missing {
  name: string
  how: string
}
