import { exactJson } from '../../terminal/exact-json.ts'
import { type FileRecord, isObject } from './record.ts'
import type { FieldMap } from './field-map.ts'

type Place = Pick<FileRecord, 'number' | 'line' | 'start'>

/** Makes the record of a JSON text. @param label stands before a problem, where the line alone does not tell the place */
export function jsonRecord(place: Place, text: string, map: FieldMap | undefined, label = ''): FileRecord {
  const { value, problem } = exactJson(text)
  if (problem !== undefined) return failed(place, text, label + problem)
  if (!isObject(value)) return failed(place, text, `${label}is not a JSON object`)
  const { number, line, start } = place
  if (map === undefined) return { number, line, start, text, fields: value, problem: undefined, source: value }
  const mapped = map.apply(value)
  if (mapped.problem !== undefined) return failed(place, text, label + mapped.problem)
  return { number, line, start, text, fields: mapped.fields, problem: undefined, source: value }
}

export function failed({ number, line, start }: Place, text: string, problem: string): FileRecord {
  return { number, line, start, text, fields: undefined, problem, source: undefined }
}

export function blank({ number, line, start }: Place): FileRecord {
  return { number, line, start, text: '', fields: undefined, problem: undefined, source: undefined }
}
