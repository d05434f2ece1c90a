import type { WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'

/** The outbox's longest pause between two looks at a busy file. */
const longestPauseMs = 100

/** Faults that the world has found and that stand: each takes from a judge what it would find again in every run. */

/**
 * An event that nobody waits for any more is lent and sent again while its outbox takes longer than a lease to note its
 * end, or to erase its customer.
 */
export function isLentAgain(event: WorldEvent, now: number, settings: ScriptSettings): boolean {
  const hasRunOut = now >= event.arrivedAt + settings.attemptTimeoutMs + 1_000
  return hasRunOut && (event.mayBeErased || event.settledAt < now)
}

/** Tells whether its outbox takes so long to erase somebody. */
export function erasesSlowly({ store, forgotAt }: WorldProcess, now: number, settings: ScriptSettings): boolean {
  const isErasing = store.open.includes('forget') || store.failing.has('forget')
  return isErasing && now >= forgotAt + settings.attemptTimeoutMs
}

/** An event that an outbox never says it has stored, and lends, is told as if it were two. */
export function isTwofold({ isHanded }: WorldEvent): boolean {
  return isHanded
}

/**
 * The books of a tracker with such an event go wrong too, and those of one whose outbox has carried out what it says has
 * failed: a dead letter that it was not told of is taken from those that it knows.
 */
export function hasTwofold({ store, booksAreOff }: WorldProcess): boolean {
  return store.hung > 0 || store.unsure > 0 || booksAreOff
}

/**
 * Tells whether a timer that rings at that moment may be the outbox's own, which waits for a file that is busy or that another
 * process owns: it holds a process in which nobody waits, or which has shut down, as long as the outbox has patience.
 */
export function waitsForFile({ path, sqlFailedAt }: WorldProcess, at: number): boolean {
  return path !== undefined && at <= sqlFailedAt + longestPauseMs
}

/** An id that an earlier process has stored is taken for the same event, whatever its data are. */
export function sharesId(twins: readonly WorldEvent[]): boolean {
  return twins.length > 1
}
