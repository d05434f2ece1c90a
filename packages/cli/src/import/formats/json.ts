import { jsonWithLongNumbers, LongNumber } from '../../terminal/exact-json.ts'
import { type FieldMap, isField } from './field-map.ts'
import { type Fields, type FileRecord, isObject } from './record.ts'

type Place = Pick<FileRecord, 'number' | 'line' | 'start'>

/** Makes the record of a JSON text. @param label stands before a problem, where the line alone does not tell the place */
export function jsonRecord(place: Place, text: string, map: FieldMap | undefined, label = ''): FileRecord {
  const { value, longNumber, problem } = jsonWithLongNumbers(text)
  if (problem !== undefined) return failed(place, text, label + problem)
  if (!isObject(value)) return failed(place, text, `${label}is not a JSON object`)
  const { number, line, start } = place
  const { fields = value, problem: unmapped } = map?.apply(value) ?? {}
  if (unmapped !== undefined) return failed(place, text, label + unmapped)
  // What no event has may be as long as it likes.
  const sent = longNumber === undefined ? undefined : longNumberIn(fields, map)
  if (sent !== undefined) return failed(place, text, label + sent)
  return { number, line, start, text, fields, problem: undefined, source: value }
}

/** Tells of a number that would change if it were sent, and how to send it as text. */
function longNumberIn(value: unknown, map: FieldMap | undefined, path: readonly string[] = []): string | undefined {
  if (value instanceof LongNumber) {
    const advice = `, or let --map ${path.join('.')}:text=${map?.nameOf(path) ?? path.join('.')} do so`
    return value.problem + (isField(path) ? advice : '')
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value as Fields)) {
    const found = longNumberIn(member, map, [...path, Array.isArray(value) ? '' : name])
    if (found !== undefined) return found
  }
  return undefined
}

export function failed({ number, line, start }: Place, text: string, problem: string): FileRecord {
  return { number, line, start, text, fields: undefined, problem, source: undefined }
}

export function blank({ number, line, start }: Place): FileRecord {
  return { number, line, start, text: '', fields: undefined, problem: undefined, source: undefined }
}
