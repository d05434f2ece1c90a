import type { Traits } from '@obsidianlaunch/events'
import { Command } from 'commander'
import { checkOptions, type ImportOptions, withImportOptions } from '../import/options.ts'
import { usage } from '../terminal/failure.ts'
import { dateOrSeconds, numberOrText } from '../terminal/option-values.ts'
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
  obsidian-events identify user123 --name 'John Doe' \\
    --email john@example.com \\
    --property plan=premium --property seats:=5
  obsidian-events identify user123 --properties user.json
  obsidian-events identify user123 --plan Lite \\
    --plan-value 50 --created 2023-06-25
  obsidian-events identify --from customers.ndjson`

type GivenTraits = Omit<Traits, 'properties'>
type IdentifyOptions = OneCallOptions & ImportOptions & GivenTraits

const traitNames = [
  'name',
  'email',
  'created',
  'plan',
  'planValue',
  'planCurrency',
  'planInterval',
  'companyName',
] as const satisfies (keyof GivenTraits)[]

export function identifyCommand(shell: Shell): Command {
  const command = new Command('identify')
    .summary('identify a customer')
    .description('Identify a customer in the arguments, or many in a file: NDJSON, a JSON array, CSV, packed or not.')
    .argument('[id]', 'your own id of the customer')
    .option('--name <name>', 'full name of the customer')
    .option('--email <email>', 'e-mail address of the customer')
    .option('--created <date>', 'time at which the customer came to you', dateOrSeconds)
    .option('--plan <plan>', 'name of the plan, such as Lite')
    .option('--plan-value <value>', 'price of the plan: a number or text', numberOrText)
    .option('--plan-currency <code>', 'currency of the price, such as GBP')
    .option('--plan-interval <interval>', 'how often it is paid, such as monthly')
    .option('--company-name <name>', 'company of the customer')
  return withImportOptions(withOneCallOptions(command))
    .addHelpText('after', examples)
    .action(async (id: string | undefined, options: IdentifyOptions) => {
      checkOptions(command, [...traitNames, ...onlyForOneCall])
      if (options.from !== undefined) {
        const { importFile } = await import('../import/import-file.ts')
        return importFile(shell, 'identify', options.from, options)
      }
      if (id === undefined)
        throw usage(
          `identify needs a customer: obsidian-events identify user123 --plan Lite. ${aFileOfThem('identify')}`,
        )
      refuseFile(shell, 'identify', [id])
      const properties = await propertiesOf(shell, options)
      const traits: Traits = { ...traitsOf(options), ...(properties && { properties }) }
      return callOnce(shell, options, `identified ${id}`, (tracker, more) => tracker.identifyCustomer(id, traits, more))
    })
}

function traitsOf(options: IdentifyOptions): GivenTraits {
  return Object.fromEntries(traitNames.flatMap((name) => (name in options ? [[name, options[name]]] : [])))
}
