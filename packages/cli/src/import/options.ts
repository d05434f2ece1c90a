import { type Command, Option } from 'commander'
import { usage } from '../terminal/failure.ts'
import { fieldNames, integerFrom } from '../terminal/option-values.ts'

/** The options of a file of calls. */
export interface ImportOptions {
  from?: string
  dryRun?: true
  resume?: true
  restart?: true
  journal?: string
  rejects?: string
  concurrency?: number
  idField?: string[]
}

const onlyForImports = ['dryRun', 'resume', 'restart', 'journal', 'rejects', 'concurrency', 'idField']

export function withImportOptions(command: Command): Command {
  return command
    .option('--from <file>', 'a JSON object a line, - for stdin')
    .option('--id-field <names>', 'fields that make the id of an event: a.b,c', fieldNames)
    .option('--dry-run', 'check the lines and send nothing')
    .addOption(new Option('--resume', 'go on where the last run ended').conflicts('restart'))
    .option('--restart', 'forget the last run and send all')
    .option('--journal <file>', 'where the place is kept (FILE.journal)')
    .option('--rejects <file>', 'where bad lines go, with the reason')
    .option('--concurrency <n>', 'requests at once (32)', integerFrom(1, 256))
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
