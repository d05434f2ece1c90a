import { Command } from 'commander'
import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'

/** Names of the commands that take the options of the mock. */
export const mockNames = ['mock', 'listen'] as const
type MockName = (typeof mockNames)[number]

const summaries: Record<MockName, string> = {
  mock: 'the API on your own machine',
  listen: 'see what your program sends: a log, and a page',
}

/** Command of the mock's own package, with all its options. */
export function mockCommand(shell: Shell): Command {
  return commandOf(shell, 'mock')
}

/** The same by the name of what people want: to see what arrives. */
export function listenCommand(shell: Shell): Command {
  return commandOf(shell, 'listen')
}

export async function runMock(shell: Shell, name: MockName, args: string[]): Promise<void> {
  if (shell.options.json) throw usage('The mock prints no JSON: its page exports what it received.')
  const { mockCommand: run } = await import('@obsidianlaunch/events-mock/command')
  // Ctrl-C is how a mock ends: no failure.
  shell.exitCode = await run(args, { name: `obsidian-events ${name}`, env: shell.env, signal: shell.stopped })
}

function commandOf(shell: Shell, name: MockName): Command {
  return new Command(name)
    .summary(summaries[name])
    .usage('[options]')
    .argument('[options...]', `options of the mock: obsidian-events ${name} --help`)
    .helpOption(false)
    .allowUnknownOption()
    .action((args: string[]) => runMock(shell, name, args))
}
