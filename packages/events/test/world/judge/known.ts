import type { WorldProcess } from '../machine/process.ts'

/** The outbox's longest pause between two looks at a busy file. */
const longestPauseMs = 100

/** Faults that the world has found and that stand: each takes from a judge what it would find again in every run. */

/**
 * Tells whether a timer that rings at that moment may be the outbox's own, which waits for a file that is busy or that another
 * process owns: it holds a process in which nobody waits, as long as the outbox has patience.
 */
export function waitsForFile({ path, sqlFailedAt }: WorldProcess, at: number): boolean {
  return path !== undefined && at <= sqlFailedAt + longestPauseMs
}
