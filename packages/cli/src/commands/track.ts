import { Command } from 'commander'
import { checkOptions, type ImportOptions, withImportOptions } from '../import/options.ts'
import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import {
  callOnce,
  type OneCallOptions,
  aFileOfThem,
  onlyForOneCall,
  propertiesOf,
  refuseFile,
  withOneCallOptions,
} from './one-call.ts'

const examples = `
Examples:
  obsidian-events track user123 button_click
  obsidian-events track user123 'OpenAI API Call' \\
    --category Tech --property path=/dashboard
  obsidian-events track --from events.ndjson \\
    --rejects rejects.ndjson
  obsidian-events track --from events.ndjson --dry-run
  obsidian-events track --from events.ndjson --resume
  obsidian-events track --from events.ndjson.gz
  obsidian-events track --from events.csv \\
    --map customer_id=user --map property.path=url
  obsidian-events track --from monday.ndjson \\
    --id-field property.invoice,property.line \\
    --outbox imports.db
  obsidian-events track --from events.ndjson --rate 50/s
  cat events.ndjson | obsidian-events track --from -`

type TrackOptions = OneCallOptions & ImportOptions & { category?: string }

export function trackCommand(shell: Shell): Command {
  const command = new Command('track')
    .summary('track an event')
    .description('Track an event in the arguments, or many in a file: NDJSON, a JSON array, CSV, packed or not.')
    .argument('[id]', 'your own id of the customer')
    .argument('[event]', 'the name of the event')
    .option('--category <category>', 'kind of the event, such as Tech')
  return withImportOptions(withOneCallOptions(command))
    .addHelpText('after', examples)
    .action(async (id: string | undefined, event: string | undefined, options: TrackOptions) => {
      checkOptions(command, ['category', ...onlyForOneCall])
      if (options.from !== undefined) {
        const { importFile } = await import('../import/import-file.ts')
        return importFile(shell, 'track', options.from, options)
      }
      if (id === undefined || event === undefined) {
        throw usage(
          `track needs a customer and an event: obsidian-events track user123 button_click. ${aFileOfThem('track', id)}`,
        )
      }
      refuseFile(shell, 'track', [id, event])
      const property = await propertiesOf(shell, options)
      const { category } = options
      const details = { ...(category !== undefined && { category }), ...(property && { property }) }
      return callOnce(shell, options, `tracked ${event} for ${id}`, (tracker, more) =>
        tracker.trackEvent(id, event, { ...details, ...more }),
      )
    })
}
