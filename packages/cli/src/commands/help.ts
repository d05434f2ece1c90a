import { Command } from 'commander'
import { usage } from '../terminal/failure.ts'
import { nearest } from '../terminal/nearest.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { mockNames, runMock } from './mock.ts'

/** `help outbox list` is `outbox list --help`. */
export function helpCommand(shell: Shell): Command {
  const help = new Command('help')
    .summary('show the help of a command')
    .description('Show the help of a command, or of all.')
    .argument('[command...]', 'names of the command, such as outbox list')
    .addHelpText('after', '\nExamples:\n  obsidian-events help track\n  obsidian-events help outbox list')
    .action(async (names: string[]) => {
      let command = help.parent ?? help
      for (const name of names) {
        const below = command.commands.find((each) => each.name() === name)
        if (below === undefined) throw usage(unknown(command, name))
        command = below
      }
      const ofMock = mockNames.find((name) => name === command.name())
      if (ofMock === undefined) command.outputHelp()
      else await runMock(shell, ofMock, ['--help'])
    })
  return help
}

function unknown(command: Command, name: string): string {
  const near = nearest(
    name,
    command.commands.map((each) => each.name()),
  )
  const path = command.parent === null ? '' : `${command.name()} `
  const hint = near === undefined ? '' : ` Did you mean ${path}${near}?`
  return `There is no command ${path}${plain(name, 40)}.${hint}`
}
