import type { SeenName } from '../format/event-types.ts'
import { type TrackedEvent, lastAttempt } from './event.ts'
import { fieldsOf, isRecord } from '../format/fields.ts'

/** Two names that are perhaps one, the rarer first. */
export interface NearMiss {
  readonly rare: SeenName
  readonly usual: SeenName
}

/** The names of all tracked events, the most frequent first. */
export function namesOf(events: readonly TrackedEvent[]): SeenName[] {
  const seen = new Map<string, (Readonly<Record<string, unknown>> | undefined)[]>()
  for (const event of events) {
    if (event.name === undefined) continue
    const { property } = fieldsOf(lastAttempt(event).text).all ?? {}
    const properties = seen.get(event.name) ?? []
    properties.push(isRecord(property) ? property : undefined)
    seen.set(event.name, properties)
  }
  return [...seen]
    .map(([name, properties]) => ({ name, count: properties.length, properties }))
    .toSorted((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
}

// Every pair is compared: more names than these are made at run time, and no spelling mistakes.
const mostNames = 500

/** Pairs of names that differ by a slip of the finger, or in case and separators alone. */
export function nearMisses(names: readonly SeenName[]): NearMiss[] {
  const compared = names.slice(0, mostNames)
  return compared.flatMap((usual, at) =>
    compared
      .slice(at + 1)
      .filter((rare) => isNear(usual.name, rare.name))
      .map((rare) => ({ rare, usual })),
  )
}

function isNear(one: string, other: string): boolean {
  const [left, right] = [bare(one), bare(other)]
  if (left === right) return true
  // What differs in numbers alone is counted on purpose.
  if (left.replaceAll(/\d+/g, '') === right.replaceAll(/\d+/g, '')) return false
  const shorter = Math.min(left.length, right.length)
  return shorter >= 4 && isWithin(left, right, shorter >= 10 ? 2 : 1)
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.:/-]+/g, '')
}

/** Tells that so many letters added, left out, changed or swapped with the next make one text of the other. */
function isWithin(one: string, other: string, most: number): boolean {
  if (Math.abs(one.length - other.length) > most) return false
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at]
    for (let to = 1; to <= other.length; to += 1) {
      const change = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1)
      const isSwapped = one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]
      const swap = isSwapped ? (before[to - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(change, swap, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return false
    before = row
    row = next
  }
  return (row.at(-1) ?? Infinity) <= most
}
