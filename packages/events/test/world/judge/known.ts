import type { Seen } from './seen.ts'
import type { WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings } from '../script/script.ts'

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

/** Tells whether the wait for a busy file holds a process that has shut down, for as long as the outbox has patience. */
export function waitsForFile({ path, endedAt }: WorldProcess, now: number, thawsAt: number): boolean {
  return path !== undefined && now < Math.max(endedAt, thawsAt) + 5_000
}

/** An id that an earlier process has stored is taken for the same event, whatever its data are. */
export function sharesId(twins: readonly WorldEvent[]): boolean {
  return twins.length > 1
}

/** A freeze that begins long before the next timer is due costs the time until then, at times all that an event has. */
export function costsBudget(): boolean {
  return true
}

/**
 * An event whose wait has ended before its outbox said that it has it is erased by nobody: it is stored after the erasure
 * of its customer, and sent.
 */
export function outlivesErasure(event: WorldEvent, now: number, { maxDeliveryMs }: ScriptSettings): boolean {
  return !event.isStored && (event.hasOwnBudget || now >= event.at + maxDeliveryMs)
}

/** An outbox that answers a claim after the erasure that it was asked for later lends what is erased, and that is sent. */
export function lendsErased({ isUnordered }: ScriptSettings): boolean {
  return isUnordered
}

/** A timer that rings while ends of attempts are being recorded forgets the time by which the outbox must have done that. */
export function forgetsRecords({ store }: WorldProcess): boolean {
  return store.open.includes('settle')
}

/** Nor are they right where it has lent the event, and says only later that it has stored it. */
export function lendsHanded({ isHanded }: WorldEvent): boolean {
  return isHanded
}
