import { Command } from 'commander'
import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'

/** Command of the mock's own package, with all its options. */
export function mockCommand(shell: Shell): Command {
  return new Command('mock')
    .summary('the API on your own machine')
    .usage('[options]')
    .argument('[options...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (args: string[]) => {
      if (shell.options.json) throw usage('The mock prints no JSON: its page exports what it received.')
      const { mockCommand: run } = await import('@obsidianlaunch/events-mock/command')
      // Ctrl-C is how a mock ends: no failure.
      shell.exitCode = await run(args, { name: 'obsidian-events mock', env: shell.env, signal: shell.stopped })
    })
}
