import type { Seen } from './seen.ts'
import type { WorldProcess } from '../machine/process.ts'

/** Faults that the world has found and that stand: each takes from a judge what it would find again in every run. */

/** The timer of an attempt whose event was erased while it was in flight holds the process though the answer has come. */
export function holdsForErased(process: WorldProcess, world: Seen): boolean {
  const { clock, thawsAt, script } = world
  const hasErased = process.forgotAt > -Infinity
  return hasErased && clock.now <= Math.max(process.forgotAt, thawsAt) + 4 * script.settings.attemptTimeoutMs
}

/** A call of an outbox that is busy, slow or silent holds the process when nobody waits for it any more. */
export function asksForNobody({ store }: WorldProcess): boolean {
  return store.open.length > 0 || store.failing.size > 0
}

/** Tells whether the wait for a busy file holds a process that has shut down, for as long as the outbox has patience. */
export function waitsForFile({ path, endedAt }: WorldProcess, now: number, thawsAt: number): boolean {
  return path !== undefined && now < Math.max(endedAt, thawsAt) + 5_000
}

/** A freeze that begins long before the next timer is due costs the time until then, at times all that an event has. */
export function costsBudget(): boolean {
  return true
}
