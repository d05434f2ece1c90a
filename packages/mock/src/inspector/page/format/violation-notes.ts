import type { Violation } from '../../../recording/exchange.ts'
import { missingField, surplusField, withoutPlace } from '../../../recording/reason.ts'
import type { JsonLine } from './json-lines.ts'

/** Violations of a body, by the number of the line to which each belongs. */
export interface Notes {
  /** Notes beside a field that is there. */
  readonly beside: ReadonlyMap<number, readonly string[]>
  /** Fields that are missing from the object that opens in the line. */
  readonly missing: ReadonlyMap<number, readonly string[]>
}

/** Finds the line of each violation of the body; one whose field is nowhere to be found goes to the nearest level above. */
export function notesOf(lines: readonly JsonLine[], violations: readonly Violation[]): Notes {
  const beside = new Map<number, string[]>()
  const missing = new Map<number, string[]>()
  const lineOf = new Map<string, number>()
  for (const [at, line] of lines.entries()) if (line.kind !== 'close') lineOf.set(line.path, at)
  for (const violation of violations) {
    if (violation.location !== 'body') continue
    const absent = missingField(violation)
    const surplus = surplusField(violation)
    const at = nearest(lineOf, [violation.path, surplus].filter(Boolean).join('.'))
    if (absent !== undefined) into(missing, at, absent)
    else into(beside, at, surplus === undefined ? withoutPlace(violation) : 'is not a field of the OpenAPI document')
  }
  return { beside, missing }
}

function nearest(lineOf: ReadonlyMap<string, number>, path: string): number {
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.')))) {
    const at = lineOf.get(rest)
    if (at !== undefined) return at
  }
  return lineOf.get('') ?? 0
}

function into(notes: Map<number, string[]>, at: number, note: string): void {
  notes.set(at, [...(notes.get(at) ?? []), note])
}
