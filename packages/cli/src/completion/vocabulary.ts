import type { Argument, Command, Option } from 'commander'
import { commandsOf } from '../terminal/hint.ts'

/** Kind of a value: a file, one of some words, or anything. */
export type Value = 'file' | 'any' | readonly string[]

export interface KnownOption {
  readonly names: readonly string[]
  readonly help: string
  /** Undefined for a switch. */
  readonly value: Value | undefined
  /** True if the value may be left out. */
  readonly isOptional: boolean
}

/** Everything that may follow a command. */
export interface KnownCommand {
  /** Words that lead to it; empty for the program. */
  readonly path: string
  readonly commands: readonly { name: string; help: string }[]
  readonly options: readonly KnownOption[]
  readonly values: readonly { help: string; value: Value }[]
}

/** Words that a shell completes, of the program and of each command. */
export async function vocabularyOf(program: Command): Promise<KnownCommand[]> {
  const { mockOptions } = await import('@obsidianlaunch/events-mock/command')
  const ofMock = Object.entries(mockOptions).map(([long, { short, value, help }]): KnownOption => {
    const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`]
    return { names, help, value: value === undefined || value === 'file' ? value : 'any', isOptional: false }
  })
  const globals = optionsOf(program)
  return [...commandsOf(program)].map(([command, path]) => {
    // Its options are those of another package.
    if (path === 'mock' || path === 'listen') {
      return { path, commands: [], options: ofMock, values: [] }
    }
    const below = path === 'help' ? program.commands : command.commands
    const commands = below.map((each) => ({ name: each.name(), help: each.summary() }))
    const options = command === program ? globals : [...optionsOf(command), ...globals.filter(isForAll)]
    return { path, commands, options, values: path === 'help' ? [] : command.registeredArguments.map(valueOf) }
  })
}

/** The version is that of the program alone, and each command has its own help. */
function isForAll({ names }: KnownOption): boolean {
  return !names.includes('--version') && !names.includes('--help')
}

function optionsOf(command: Command): KnownOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => {
      const { short, long, description: help, required, optional: isOptional } = option
      const names = [short, long].filter((name) => name !== undefined && name !== null)
      return { names, help, value: required || isOptional ? kindOf(option) : undefined, isOptional }
    })
}

function kindOf({ argChoices, flags }: Option): Value {
  return argChoices ?? (/[<[].*\b(?:file|outbox)\b.*[>\]]/.test(flags) ? 'file' : 'any')
}

function valueOf(argument: Argument): { help: string; value: Value } {
  const { argChoices, description } = argument
  return { help: description, value: argChoices ?? (/^(?:file|outbox)$/.test(argument.name()) ? 'file' : 'any') }
}
