import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { exitCodes, Failure, usage } from '../terminal/failure.ts'
import { baseUrlOf, environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import type { CallType } from './call-line.ts'
import { textOfConstant } from './formats/constants.ts'
import { textOfMapping } from './formats/field-map.ts'
import type { Form } from './formats/open-records.ts'
import { Journal } from './journal.ts'
import { hold } from './lock.ts'
import type { ImportOptions } from './options.ts'
import { Rejects } from './rejects.ts'
import type { Source } from './source.ts'

/** Opens the journal of a file, which nobody else may be sending; a pipe has none. */
export async function openJournal(
  shell: Shell,
  source: Source,
  form: Form,
  type: CallType,
  options: ImportOptions,
): Promise<Journal | undefined> {
  const { name, file } = source
  const how = options.resume ? 'resume' : options.restart ? 'restart' : undefined
  if (file === undefined) {
    if (how === undefined && options.journal === undefined) return undefined
    throw usage(`${name} cannot be read again, so it has no place to go on from. Give a file.`)
  }
  const target = `${type} ${environmentOf(shell)} ${new URL(baseUrlOf(shell)).href}`
  const path = options.journal ?? `${file.path}.journal`
  const { dev, ino } = file.stats
  for (const lock of [`file ${dev} ${ino} ${target}`, `journal ${nameOf(path)}`]) {
    if ((await hold(lock)) !== undefined) continue
    const message = `${name} is being sent by another command at this moment: let that end, or end it. Nothing was sent by this one.`
    throw new Failure(message, exitCodes.usage, 'owned')
  }
  return new Journal(path, { ...source, file, target, reading: readingOf(form, options) }, how)
}

/** The part of a target that says how lines are read, and what the ids of events are made of: in the words of the options. */
function readingOf({ format, table, set }: Form, { columns, map = [], idField }: ImportOptions): string {
  const isUsual = table === undefined || table.separator === (format === 'tsv' ? '\t' : ',')
  const words = [
    ...(format === 'ndjson' ? [] : ['--format', format]),
    ...(isUsual ? [] : ['--separator', table.separator]),
    ...(columns === undefined ? [] : ['--columns', columns.join(',')]),
    ...map.flatMap((mapping) => ['--map', textOfMapping(mapping)]),
    ...set.flatMap((constant) => ['--set', textOfConstant(constant)]),
    ...(idField === undefined ? [] : ['--id-field', idField.join(',')]),
  ]
  return words.map((word) => ` ${JSON.stringify(word).slice(1, -1)}`).join('')
}

export function openRejects(shell: Shell, path: string | undefined, journal: Journal | undefined): Rejects {
  try {
    return new Rejects(shell, path, journal?.isResumed === true)
  } catch (error) {
    // Nothing was begun.
    journal?.close()
    throw error
  }
}

/** Refuses to write the file that is read, or one of its own twice. */
export function checkFiles(from: string, { rejects, outbox, journal = `${from}.journal` }: ImportOptions): void {
  if (isSameFile(journal, from)) throw usage('--journal would overwrite the file of --from.')
  if (rejects === undefined || rejects === '-') return
  if (isSameFile(rejects, from)) throw usage('--rejects would overwrite the file of --from.')
  if (isSameFile(rejects, journal)) throw usage('--rejects would overwrite the journal.')
  if (typeof outbox === 'string' && isSameFile(rejects, outbox)) throw usage('--rejects would overwrite the outbox.')
}

function isSameFile(one: string, other: string): boolean {
  // One that is not there yet has a name alone.
  if (nameOf(one) === nameOf(other)) return true
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

/** The one name of a file, by whichever links to its folder it is reached; the file itself need not be there. */
function nameOf(path: string): string {
  const whole = resolve(path)
  try {
    return join(realpathSync(dirname(whole)), basename(whole))
  } catch {
    return whole
  }
}
