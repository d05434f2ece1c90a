import type { TokenSource } from '../api/token-source.ts'
import type { WorldApi } from '../api/api.ts'
import type { WorldClock } from '../machine/clock.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { Script } from '../script/script.ts'
import type { Ledger } from './ledger.ts'
import type { Verdict } from './verdict.ts'
import type { Waits } from './waits.ts'

/** The part of a world that its judges see. */
export interface Seen {
  readonly clock: WorldClock
  readonly api: WorldApi
  readonly tokens: TokenSource
  readonly ledger: Ledger
  readonly waits: Waits
  readonly verdict: Verdict
  readonly script: Script
  readonly processes: readonly WorldProcess[]
  readonly living: readonly WorldProcess[]
  /** Until when another program holds the file. */
  readonly lockedUntil: number
  /** The moment when the processes stood still for the last time, until then. */
  readonly thawsAt: number
  /** The moment when the wall clock was last set. */
  readonly setAt: number
}
