import { keyOf, type OutboxEntry } from '../../event/event.ts'
import { timeOfDay } from '../../platform/platform.ts'
import type { AppendResult, LaneOrder, Verdict } from '../outbox.ts'
import { Lanes, type Lease, retried } from './lanes.ts'
import type { OwnEntries } from './own-entries.ts'
import { entryOf, numberOf } from './schema.ts'
import type { Tables } from './tables.ts'

/** The most entries that are read at a time. */
const mostRead = 1_000

/** An entry that is stored, with its number. */
export interface Stored {
  readonly seq: number
  readonly entry: OutboxEntry
}

/** Appends entries. @returns the fate of each, and those that this tab is to be told of when they end */
export async function appendAll(
  tables: Tables,
  entries: readonly OutboxEntry[],
  now: number,
): Promise<{ fates: AppendResult[]; own: Stored[] }> {
  const known = await Promise.all(
    entries.map(async (entry) => (entry.hasMintedId ? undefined : tables.known(entry, now))),
  )
  const added = new Map<string, OutboxEntry>()
  const own: Promise<Stored>[] = []
  const fates = entries.map((entry, at): AppendResult => {
    const there = known[at]
    if (there?.fate === 'pending') own.push(Promise.resolve({ seq: there.seq as number, entry }))
    if (there) return there.fate
    const same = entry.hasMintedId ? undefined : added.get(keyOf(entry))
    if (same) return same.operation === entry.operation && same.body === entry.body ? 'pending' : 'taken'
    added.set(keyOf(entry), entry)
    own.push(tables.add(entry).then((seq) => ({ seq, entry })))
    return 'stored'
  })
  return { fates, own: await Promise.all(own) }
}

/** Puts dead letters back. @returns those that were */
export async function replayAll(tables: Tables, ids: readonly string[], now: number): Promise<Stored[]> {
  const own: Stored[] = []
  for (const id of ids) {
    const letter = await tables.letter(numberOf(id))
    if (letter === undefined) continue
    const entry = { ...entryOf(letter), acceptedAt: now }
    const known = entry.hasMintedId ? undefined : await tables.known(entry, now)
    // One that is pending again, or was delivered since, stays a dead letter.
    if (known) continue
    own.push({ seq: await tables.add(entry), entry })
    tables.revive(letter)
  }
  return own
}

/** Lends the heads of lanes that are due, into `leases`. */
export async function lend(
  tables: Tables,
  lanes: Lanes,
  own: OwnEntries,
  { max, leaseMs, first }: { max: number; leaseMs: number; first: LaneOrder },
  leases: Lease[],
): Promise<void> {
  const now = timeOfDay()
  await readNew(tables, lanes, now)
  for (let due = lanes.due(max, first, now); due.length > 0; due = lanes.due(max - leases.length, first, now)) {
    const heads = await Promise.all(due.map((customerId) => tables.headOf(customerId)))
    for (const [at, row] of heads.entries()) {
      if (row === undefined) lanes.close(due[at] as string)
      else leases.push(lanes.lend(row, own.storedForMs(row), now, leaseMs))
    }
  }
}

/**
 * Remembers ids that somebody gave, of which the oldest go where there are more than `most`.
 *
 * @param before how many there were
 * @returns how many there are more
 */
export async function remember(
  tables: Tables,
  delivered: readonly OutboxEntry[],
  before: number,
  most: number,
  now: number,
): Promise<number> {
  const given = delivered.filter(({ hasMintedId }) => !hasMintedId)
  if (given.length === 0 || most === 0) return 0
  for (const entry of given) tables.remember(entry, now)
  return given.length - (await tables.prune(before + given.length - most, 2 * given.length + 8, now))
}

/** Records what becomes of a lent entry. @returns whether it was still there */
export async function settleOne(
  tables: Tables,
  { row, fared }: Lease,
  verdict: Verdict,
  now: number,
  isTight: boolean,
): Promise<boolean> {
  const { customerId, seq } = row
  if (!(await tables.has(seq))) return false
  if (verdict.kind === 'release') return true
  if (verdict.kind === 'retry') {
    // Where there is no space, memory alone knows of the attempt.
    if (!isTight) tables.putLane(retried(customerId, seq, fared, verdict, now))
    return true
  }
  if (verdict.kind === 'dead') await tables.bury(row, verdict, now)
  tables.take(seq)
  if (fared.attempts > 0) tables.deleteLane(customerId)
  return true
}

/** Reads the lanes as they are stored. Those of `elsewhere` are in flight in the tab that had them before. */
export async function readLanes(tables: Tables, elsewhere: readonly string[], now: number): Promise<Lanes> {
  const [heads, rows] = await Promise.all([tables.heads(), tables.lanes(), tables.pruneEnds(now)])
  const lanes = new Lanes(heads, rows, now)
  for (const customerId of elsewhere) lanes.leave(customerId)
  return lanes
}

/** Finds out who has appended since. @returns whether somebody has */
export async function readNew(tables: Tables, lanes: Lanes, now: number): Promise<boolean> {
  let found = false
  for (;;) {
    const rows = await tables.entriesAfter(lanes.lastSeq, mostRead)
    for (const { customerId, seq } of rows) {
      lanes.add(customerId, now)
      lanes.lastSeq = seq
      found = true
    }
    if (rows.length < mostRead) return found
  }
}
