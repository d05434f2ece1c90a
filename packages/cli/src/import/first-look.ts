import { EventTracker, type TrackingError } from '@obsidianlaunch/events'
import type { Screen } from '../terminal/screen.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { callLine, type LineRules } from './call-line.ts'
import type { Columns } from './formats/columns.ts'
import { formats } from './formats/detect.ts'
import type { Form } from './formats/open-records.ts'
import type { FileRecord } from './formats/record.ts'
import { reasonOf } from './rejects.ts'

/** Request that an event would be, or the reason why it would be none. */
type Request = { url: string; body: unknown; reason?: undefined } | { url?: undefined; reason: string }

/**
 * Shows the first event of a file as it would be sent, and what the file was taken for: before the rest in a dry run, and in a
 * terminal before the start.
 */
export async function firstLook(shell: Shell, file: string, form: Form, record: FileRecord, rules: LineRules) {
  const request = await requestOf(shell, record, rules)
  const look = {
    type: 'look',
    file,
    format: form.format,
    packing: form.packing,
    ...(form.table && tableRecord(form.table)),
    first: { line: record.line, ...request },
  }
  shell.report(look, () => print(shell.out, file, form, record.line, request))
}

/** The same in words, on standard error, for a person who looks on. */
export async function showFirst(shell: Shell, file: string, form: Form, record: FileRecord, rules: LineRules) {
  print(shell.err, file, form, record.line, await requestOf(shell, record, rules))
}

/** Says which columns of a table are in no event. */
export function leftOutNote({ table }: Form): string | undefined {
  const { leftOut = [], used = [] } = table?.columns ?? {}
  const [first] = leftOut
  if (first === undefined) return undefined
  const object = used.some(({ target }) => target[0] === 'event') ? 'property' : 'properties'
  const names = leftOut.map((name) => plain(name, 40)).join(', ')
  return `Left out: ${plain(names, 300)}. To send a column: --map ${object}.NAME=COLUMN.`
}

function tableRecord({ separator, columns }: { separator: string; columns: Columns }) {
  const used = columns.used.map(({ name, target, kind }) => ({ column: name, field: target.join('.'), kind }))
  return { separator, columns: used, leftOut: columns.leftOut }
}

function print(screen: Screen, file: string, form: Form, line: number, request: Request): void {
  screen.wrap('file    ', `${file}: ${formText(form)}`)
  if (form.table !== undefined) screen.wrap('fields  ', fieldsText(form.table.columns))
  const { url, reason } = request
  const said = reason === undefined ? `POST ${url} ${JSON.stringify(request.body, null, 1)}` : `is rejected: ${reason}`
  screen.wrap('first   ', plain(`line ${line}: ${said.replaceAll(/\n */g, ' ')}`, 2_000))
  screen.print()
}

function formText({ format, packing, table }: Form): string {
  const separator = table === undefined ? '' : `, separated by ${separatorName(table.separator)}`
  return `${formats[format]}${separator}${packing === undefined ? '' : `, packed by ${packing}`}`
}

function separatorName(separator: string): string {
  return separator === '\t' ? 'tabs' : plain(separator)
}

function fieldsText({ used, leftOut }: Columns): string {
  const fields = used.map(({ name, target, kind }) => {
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
