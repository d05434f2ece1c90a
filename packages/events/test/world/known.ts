import type { WorldProcess } from './process.ts'
import type { ScriptSettings } from './script.ts'

/** Faults that the world has found and that stand: each takes from a judge what it would find again in every run. */

/** The timer of an attempt whose event was erased while it was in flight holds the process though the answer has come. */
export function holdsForErased(process: WorldProcess, now: number, { attemptTimeoutMs }: ScriptSettings): boolean {
  return now <= process.forgotAt + 4 * attemptTimeoutMs
}
