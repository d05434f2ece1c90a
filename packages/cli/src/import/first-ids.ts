import { exitCodes, Failure } from '../terminal/failure.ts'
import { nearest } from '../terminal/nearest.ts'
import { plain, plural } from '../terminal/text.ts'
import type { LineRules } from './call-line.ts'
import { idOfEvent } from './event-ids.ts'
import { isSameField } from './formats/field-map.ts'
import type { Records } from './formats/open-records.ts'
import { type Fields, type FileRecord, isObject, valueAt } from './formats/record.ts'

/** Origin of an id: --id-field, the field `id`, or nothing but the line and its place in the file. */
export type IdOrigin = 'id-field' | 'id' | 'line'

/** Id that a line gives to its event, or the reason why it gives none. */
export type FirstId = { line: number; from: IdOrigin } & ({ id: string } | { reason: string })

/** Finds the id of a line. @param made makes one of the line itself */
export function firstIdOf(record: FileRecord, { idFields }: LineRules, made: (record: FileRecord) => string): FirstId {
  const { line, fields = {}, source } = record
  const found = idOfEvent(fields, idFields, idFields && source)
  if (found === undefined) return { line, from: 'line', id: made(record) }
  return { line, from: idFields === undefined ? 'id' : 'id-field', ...found }
}

/** True if the first events of a file have ids that do not depend on their places in it. */
export function hasOwnIds({ firstEvents }: Records, { idFields }: LineRules): boolean {
  return idFields !== undefined || firstEvents.some(({ fields }) => fields?.['id'] !== undefined)
}

/** Refuses a field of --id-field that nothing at the beginning of a file has: no line would have an id. */
export function checkIdFields(file: string, { form, firstEvents }: Records, { idFields = [] }: LineRules): void {
  const columns = form.table?.columns
  if (columns === undefined && firstEvents.length === 0) return
  const isThere = (path: string) =>
    columns === undefined
      ? firstEvents.some(({ fields = {}, source = fields }) => hasAt(source, path) || hasAt(fields, path))
      : columns.names.includes(path) ||
        [...columns.used, ...form.set].some(({ target }) => isSameField(target, path.split('.')))
  const missing = idFields.find((path) => !isThere(path))
  if (missing === undefined) return
  const [kind, names, where] =
    columns === undefined
      ? ['field', fieldsIn(firstEvents), ` in its first ${plural(firstEvents.length, 'line')}`]
      : ['column', columns.names, '']
  const near = nearestField(missing, names)
  const meant = near === undefined ? '' : ` Did you mean ${plain(near, 60)}?`
  const said = `${file} has no ${kind} ${plain(missing, 60)}${where}, so --id-field makes no id of it.${meant}`
  throw new Failure(`${said} Its ${kind}s are ${plain(names.join(', '), 300)}.`, exitCodes.failed, 'file')
}

function hasAt(fields: Fields, path: string): boolean {
  return valueAt(fields, path) !== undefined
}

/** Levels of objects whose fields are listed. */
const mostLevels = 4

/** Paths to the values of some events, by the names of the file. */
function fieldsIn(events: readonly FileRecord[]): string[] {
  return [...new Set(events.flatMap(({ fields, source = fields }) => pathsIn(source ?? {}, mostLevels)))]
}

function pathsIn(fields: Fields, levels: number): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isObject(value) && levels > 1 ? pathsIn(value, levels - 1).map((path) => `${name}.${path}`) : [name],
  )
}

/** The field that was perhaps meant: spelled nearly so, or of that name but deeper. */
function nearestField(path: string, names: readonly string[]): string | undefined {
  const deeper = names.find((name) => name.split('.').at(-1) === path.split('.').at(-1))
  return deeper ?? nearest(path, names)
}
