import { Argument, Command } from 'commander'
import type { Shell } from '../terminal/shell.ts'

const shells = ['bash', 'zsh'] as const

const notes = `
To have it in each new shell, put its line into ~/.bashrc or ~/.zshrc:

Examples:
  eval "$(obsidian-events completion bash)"
  eval "$(obsidian-events completion zsh)"`

/** Prints what lets a shell complete commands, options and files by the key TAB. */
export function completionCommand(shell: Shell): Command {
  const command = new Command('completion')
    .summary('let your shell complete what you type')
    .description('Print the script that lets bash or zsh complete commands, options and files.')
    .addArgument(new Argument('<shell>', 'bash or zsh').choices(shells))
    .addHelpText('after', notes)
    .action(async (name: (typeof shells)[number]) => {
      const { vocabularyOf } = await import('../completion/vocabulary.ts')
      const { scriptFor } = await import(name === 'bash' ? '../completion/bash.ts' : '../completion/zsh.ts')
      shell.out.write(scriptFor(await vocabularyOf(command.parent ?? command)))
    })
  return command
}
