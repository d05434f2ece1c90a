import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { completionCommand } from './commands/completion.ts'
import { doctorCommand } from './commands/doctor.ts'
import { helpCommand } from './commands/help.ts'
import { identifyCommand } from './commands/identify.ts'
import { listenCommand, mockCommand, mockNames } from './commands/mock.ts'
import { outboxCommand } from './commands/outbox.ts'
import { relayCommand } from './commands/relay.ts'
import { trackCommand } from './commands/track.ts'
import { exitCodes, failureFrom } from './terminal/failure.ts'
import { hintFor } from './terminal/hint.ts'
import type { GlobalOptions, Shell } from './terminal/shell.ts'

const examples = `
Examples:
  obsidian-events track user123 button_click
  obsidian-events track --from events.ndjson
  obsidian-events doctor
  obsidian-events help outbox list

The project token comes from EVENT_TRACKING_AUTH_TOKEN, or from that
variable in the file of --dotenv; never from the command line.
An id that starts with a dash comes after --.

Exit codes: 0 all well, 1 something failed or was rejected, 2 wrong
usage, 3 wrong configuration or token, 130 Ctrl-C, 143 SIGTERM.`

/** The command line with all its commands, which act on the shell. */
export function programFor(shell: Shell, args: readonly string[]): Command {
  const program: Command = new Command('obsidian-events')
    .description("Obsidian Launch's event tracking at the command line.")
    .version(version(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--json', 'print one JSON object a line')
    .addOption(new Option('--environment <name>', 'where events go').choices(['test', 'production']))
    .option('--base-url <url>', 'where the API is')
    .option('--allow-insecure-http', 'allow plain http to other machines, which see the token')
    .option('--dotenv <file>', 'read variables from a file, such as .env')
    .option('--no-color', 'print without colours, as with NO_COLOR')
    .addHelpText('after', examples)
    .configureHelp({
      showGlobalOptions: true,
      // Those of a command say nothing to what stands below it, as `relay key` does.
      visibleGlobalOptions: (command) => (command === program ? [] : program.options.filter(({ hidden }) => !hidden)),
    })
    .configureOutput({ writeOut: (text) => shell.out.write(text), writeErr: (text) => shell.err.write(text) })
    .showSuggestionAfterError(false)
    .exitOverride()
    .hook('preAction', (whole) => shell.configure(whole.opts<GlobalOptions>()))
  for (const build of [identifyCommand, trackCommand, doctorCommand, outboxCommand, relayCommand]) {
    program.addCommand(inherit(build(shell), program))
  }
  for (const build of [mockCommand, listenCommand]) program.addCommand(build(shell))
  for (const build of [completionCommand, helpCommand]) program.addCommand(inherit(build(shell), program))
  // What follows it is the mock's: its options, and its help.
  const first = args.find((arg) => program.commands.some((command) => command.name() === arg))
  return program.enablePositionalOptions(mockNames.some((name) => name === first))
}

/** Runs a command line to its end. Never rejects for what a user can do: the shell has the exit code. */
export async function run(args: readonly string[], shell: Shell): Promise<void> {
  const program = programFor(shell, args)
  shell.args = args
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) return shell.fail(failureFrom(error))
    // It has printed what it wanted to say.
    shell.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const hint = hintFor(program, args, error)
    if (hint !== undefined) shell.err.print(hint)
  }
}

function inherit(command: Command, from: Command): Command {
  command.copyInheritedSettings(from).helpOption('-h, --help', 'show help')
  for (const each of command.commands) inherit(each, command)
  return command
}

/** The manifest lies one level up, in the sources as in the package. */
function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
