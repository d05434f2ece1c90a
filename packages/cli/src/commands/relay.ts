import { Command, Option } from 'commander'
import { type Flag, flagOf, flags, secretVariables, variableOf } from '../relay/flags.ts'
import type { GivenFlags } from '../relay/settings.ts'
import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'

const examples = `
Examples:
  obsidian-events relay --outbox events.db --anyone
  obsidian-events relay --port 8080 --outbox events.db \\
    --origin https://app.example.com \\
    --key web=pk_live_0123456789abcdefghijklmn
  obsidian-events relay --outbox events.db --admin-port 9090 \\
    --key pk_live_0123456789abcdefghijklmn
  obsidian-events relay --outbox postgres://events@db.internal/app --anyone`

const variables = `
Each option can also be a variable of the environment, or of the file of
--dotenv; the command line wins. Several origins or keys stand in one
variable with spaces or commas between. Secrets are variables or files alone;
the address of a database with its password is a variable, too.
${Object.keys(flags).map(lineOf).join('\n')}
  ${secretVariables.identity.padEnd(38)} secret of signed identities
  ${secretVariables.admin.padEnd(38)} who may see the admin's page
  ${'EVENT_TRACKING_AUTH_TOKEN'.padEnd(38)} the project token`

/** The server that takes events from web apps, and the keys that they send. */
export function relayCommand(shell: Shell): Command {
  const command = new Command('relay')
    .summary('take events from web apps, and hold the token for them')
    .description(
      'Take the two calls of the API from web apps and services that must not have the project token: store each event, answer, and deliver it.',
    )
    .helpCommand(false)
    .addHelpText('after', examples)
    .addHelpText('after', variables)
  for (const [name, flag] of Object.entries(flags)) command.addOption(optionOf(name, flag))
  const secret = new Option('--identity-secret <secret>').hideHelp()
  return command
    .addOption(secret)
    .addCommand(keyCommand(shell))
    .action(async (options: GivenFlags) => {
      if (options['identitySecret'] !== undefined) {
        throw usage(
          `A command line can be read by everybody on the machine: give the secret in ${secretVariables.identity}, or in the file of ${flagOf('identitySecretFile')}.`,
        )
      }
      const { runRelay } = await import('../relay/serve.ts')
      return runRelay(shell, options)
    })
}

function keyCommand(shell: Shell): Command {
  return new Command('key')
    .summary('make a publishable key')
    .description('Make a publishable key, which the pages of an app send with their events.')
    .option('--test', 'name it pk_test_…, not pk_live_…')
    .action(async ({ test }: { test?: true }) => {
      const { makeKey } = await import('../relay/key.ts')
      makeKey(shell, test === true)
    })
}

function optionOf(name: string, { value, help, isList }: Flag): Option {
  const option = new Option(value === undefined ? flagOf(name) : `${flagOf(name)} ${value}`, help)
  if (isList) option.argParser<string[]>((text, before) => [...(before ?? []), text])
  return option
}

function lineOf(name: string): string {
  return `  ${variableOf(name).padEnd(38)} ${flagOf(name)}`
}
