import { type Command, InvalidArgumentError, Option } from 'commander'
import { usage } from '../terminal/failure.ts'
import { fieldNames, integerFrom, lengthOfTime, requestRate, schemaName } from '../terminal/option-values.ts'
import { formats } from './formats/detect.ts'
import { type Constant, constantFrom } from './formats/constants.ts'
import { type Mapping, mappingFrom } from './formats/field-map.ts'
import type { FormatOptions } from './formats/open-records.ts'
import type { Rate } from './pace.ts'

/** The options of a file of calls. */
export interface ImportOptions extends FormatOptions {
  from?: string
  dryRun?: true
  resume?: true
  restart?: true
  journal?: string
  rejects?: string
  concurrency?: number
  idField?: string[]
  /** A file or an address; true for the database of the variable. */
  outbox?: string | true
  schema?: string
  /** Milliseconds. */
  remember?: number
  rate?: Rate
}

const onlyForImports = [
  'map',
  'set',
  'columns',
  'separator',
  'format',
  'dryRun',
  'resume',
  'restart',
  'journal',
  'rejects',
  'concurrency',
  'idField',
  'outbox',
  'schema',
  'remember',
  'rate',
]

export function withImportOptions(command: Command): Command {
  return command
    .option('--from <file>', 'NDJSON, JSON, CSV, gzip …, - for stdin')
    .addOption(
      new Option('--map <field=column>', 'which column is a field; may be repeated').argParser<Mapping[]>(mappingFrom),
    )
    .addOption(
      new Option('--set <field=text>', 'a field for lines that lack it; may be repeated').argParser<Constant[]>(
        constantFrom,
      ),
    )
    .option('--columns <names>', 'the columns of a table without a header', columnNames)
    .option('--separator <sign>', 'what stands between cells, or tab', separatorFrom)
    .addOption(new Option('--format <name>', 'what the file is, else its look tells').choices(Object.keys(formats)))
    .option('--id-field <names>', 'fields that make the id of an event: a.b,c', fieldNames)
    .option('--dry-run', 'check the lines and send nothing')
    .addOption(new Option('--resume', 'go on where the last run ended').conflicts('restart'))
    .option('--restart', 'forget the last run, begin at the first line')
    .option('--journal <file>', 'where the place is kept (FILE.journal)')
    .option('--rejects <file>', 'where bad lines go, with the reason')
    .option('--outbox [outbox]', 'knows what was delivered: a file, postgres://…, or that of DATABASE_URL')
    .option('--schema <name>', 'schema of the database (obsidian_events)', schemaName)
    .option('--remember <time>', 'how long it knows that (30d)', lengthOfTime)
    .option('--rate <rate>', 'requests at the most, such as 50/s or 50/min', requestRate)
    .option('--concurrency <n>', 'requests at once (32)', integerFrom(1, 256))
}

/** Names of columns, with commas between. */
function columnNames(given: string): string[] {
  return given.split(',').map((name) => name.trim())
}

function separatorFrom(given: string): string {
  const separator = given === 'tab' || given === '\\t' ? '\t' : given
  if (separator.length === 1 && !/["\r\n]/.test(separator)) return separator
  throw new InvalidArgumentError('Write one sign, such as ; or |, or tab.')
}

/** One call and a file of calls share a command; the options of one mean nothing to the other. */
export function checkOptions(command: Command, onlyForOneCall: readonly string[]): void {
  const isImport = command.getOptionValue('from') !== undefined
  const strangers = isImport ? onlyForOneCall : onlyForImports
  const given = (name: string) => command.getOptionValueSource(name) === 'cli'
  const stranger = command.options.find((option) => {
    const name = option.attributeName()
    return strangers.includes(name) && given(name)
  })
  if (stranger !== undefined) {
    throw usage(`${stranger.long} ${isImport ? 'does not go with' : 'goes only with'} --from.`)
  }
  if (isImport && command.args.length > 0) {
    throw usage(`With --from the customers are in the file: ${command.args.join(' ')} is one too many.`)
  }
  if (command.getOptionValue('resume') && command.getOptionValue('dryRun')) {
    throw usage('--resume does not go with --dry-run, which keeps no place.')
  }
}
