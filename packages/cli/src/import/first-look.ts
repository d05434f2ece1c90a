import { EventTracker, type TrackingError } from '@obsidianlaunch/events'
import type { Screen } from '../terminal/screen.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { callLine, type LineRules } from './call-line.ts'
import { type FirstId, firstIdOf, type IdOrigin } from './first-ids.ts'
import type { Columns } from './formats/columns.ts'
import { formats } from './formats/detect.ts'
import { textOfConstant } from './formats/constants.ts'
import type { Form, Records } from './formats/open-records.ts'
import type { FileRecord } from './formats/record.ts'
import { reasonOf } from './rejects.ts'

/** Request that an event would be, or the reason why it would be none. */
type Request = { url: string; body: unknown; reason?: undefined } | { url?: undefined; reason: string }

/** Number of lines whose ids are shown. */
const mostIds = 5

/** File of a first look, and the way in which the ids of its lines are made. */
export interface Looked {
  file: string
  records: Records
  /** True if it can be read again: else the ids that are made are others in each run. */
  isKept: boolean
  makeId: (record: FileRecord) => string
}

/**
 * Shows the first event of a file as it would be sent, what the file was taken for, and the ids of its first lines: before the
 * rest in a dry run. In a terminal the event is shown before the start, too.
 */
export async function firstLook(shell: Shell, looked: Looked, record: FileRecord, rules: LineRules): Promise<void> {
  const { file, records, isKept, makeId } = looked
  const { form, firstEvents } = records
  const request = await requestOf(shell, record, rules)
  const some = firstEvents.length === 0 ? [record] : firstEvents
  const ids = some.slice(0, mostIds).map((each) => firstIdOf(each, rules, makeId))
  const look = {
    type: 'look',
    file,
    format: form.format,
    packing: form.packing,
    ...(form.table && tableRecord(form.table)),
    ...(form.set.length > 0 && { set: form.set.map(textOfConstant) }),
    first: { line: record.line, ...request },
    ids,
  }
  shell.report(look, () => {
    print(shell.out, file, form, record.line, request)
    printIds(shell.out, ids, rules, isKept)
    shell.out.print()
  })
}

/** The same in words, on standard error, for a person who looks on. */
export async function showFirst(shell: Shell, file: string, form: Form, record: FileRecord, rules: LineRules) {
  print(shell.err, file, form, record.line, await requestOf(shell, record, rules))
  shell.err.print()
}

/** Says which columns of a table are in no event. */
export function leftOutNote({ table, set }: Form): string | undefined {
  const { leftOut = [], used = [] } = table?.columns ?? {}
  const [first] = leftOut
  if (first === undefined) return undefined
  const isEvent = [...used, ...set].some(({ target }) => target[0] === 'event')
  const object = isEvent ? 'property' : 'properties'
  const names = leftOut.map((name) => plain(name, 40)).join(', ')
  return `Left out: ${plain(names, 300)}. To send a column: --map ${object}.NAME=COLUMN.`
}

function tableRecord({ separator, columns }: { separator: string; columns: Columns }) {
  const used = inOrder(columns).map(({ name, target, kind }) => ({ column: name, field: target.join('.'), kind }))
  return { separator, columns: used, leftOut: columns.leftOut }
}

function print(screen: Screen, file: string, form: Form, line: number, request: Request): void {
  screen.wrap('file    ', `${file}: ${formText(form)}`)
  if (form.table !== undefined) screen.wrap('fields  ', fieldsText(form.table.columns))
  if (form.set.length > 0) screen.wrap('set     ', plain(form.set.map(textOfConstant).join(', '), 1_000))
  const { url, reason } = request
  const said = reason === undefined ? `POST ${url} ${JSON.stringify(request.body, null, 1)}` : `is rejected: ${reason}`
  screen.wrap('first   ', plain(`line ${line}: ${said.replaceAll(/\n */g, ' ')}`, 2_000))
}

/** Prints ids by their origins, each with what it means for the next run. */
function printIds(screen: Screen, ids: readonly FirstId[], { idFields = [] }: LineRules, isKept: boolean): void {
  const meaning: Record<IdOrigin, string> = {
    'id-field': `made of ${plain(idFields.join(' and '), 200)} (--id-field), so the same in every file`,
    id: 'from the field id, so the same in every file',
    line: isKept
      ? 'made of the line, its number and the file: in another file it is another event. --id-field says what tells events apart'
      : 'made anew in each run: what comes again is another event. --id-field says what tells events apart',
  }
  let lead = 'ids     '
  for (const [origin, text] of Object.entries(meaning)) {
    const own = ids.filter(({ from }) => from === origin)
    if (own.length === 0) continue
    const list = own.map((each) => `line ${each.line}: ${plain('id' in each ? each.id : each.reason, 100)}`)
    screen.wrap(lead, `${list.join(', ')}; ${text}`)
    lead = ' '.repeat(lead.length)
  }
}

function formText({ format, packing, table }: Form): string {
  const separator = table === undefined ? '' : `, separated by ${separatorName(table.separator)}`
  return `${formats[format]}${separator}${packing === undefined ? '' : `, packed by ${packing}`}`
}

function separatorName(separator: string): string {
  return separator === '\t' ? 'tabs' : plain(separator)
}

/** Columns as they stand in the table. */
function inOrder({ used }: Columns): Columns['used'] {
  return used.toSorted((one, other) => one.index - other.index)
}

function fieldsText(columns: Columns): string {
  const { leftOut } = columns
  const fields = inOrder(columns).map(({ name, target, kind }) => {
    const field = target.join('.')
    const from = name === field ? '' : ` from ${name}`
    return `${field}${from}${kind === 'text' ? '' : ` (${kind})`}`
  })
  const others = leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`
  return plain(`${fields.join(', ')}${others}`, 1_000)
}

/** Lets a tracker send the event, to nobody. */
async function requestOf(shell: Shell, { fields = {}, source }: FileRecord, rules: LineRules): Promise<Request> {
  let request: Request = { reason: 'it was not sent' }
  const fetch = async (url: string, init: { body?: unknown }) => {
    request = { url, body: JSON.parse(String(init.body)) as unknown }
    return new Response('{}', { headers: { 'Content-Type': 'application/json' } })
  }
  const tracker = new EventTracker({ ...shell.trackerOptions(), enabled: true, token: 'none', fetch, logger: silent })
  // A copy, since what makes the call may take fields out.
  const call = callLine(tracker, { fields: { ...fields }, source }, rules, undefined)
  if ('reason' in call) return call
  try {
    await call
  } catch (error) {
    return { reason: reasonOf(error as TrackingError) }
  } finally {
    await tracker.shutdown()
  }
  return request
}

const silent = { warn: () => undefined, error: () => undefined }
