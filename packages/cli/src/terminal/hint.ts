import type { Command, CommanderError } from 'commander'
import { nearest } from './nearest.ts'

/** Words that other tools have for what has another name here. */
const synonyms: Record<string, string> = { import: 'track --from', version: '--version' }
const optionSynonyms: Record<string, string> = {
  '-f': '--from',
  '--file': '--from',
  '--input': '--from',
  '--delimiter': '--separator',
  '--url': '--base-url',
  '--endpoint': '--base-url',
  '--insecure': '--allow-insecure-http',
  '--env-file': '--dotenv',
  '--idempotency-key': '--id',
  '--prod': '--environment production',
  '--production': '--environment production',
  '--test': '--environment test',
}

/** The next step after a command line that was refused: what was perhaps meant, or else the help. Undefined after that. */
export function hintFor(program: Command, args: readonly string[], error: CommanderError): string | undefined {
  const command = commandIn(program, args)
  return meantBy(program, command, error) ?? helpAfter(program, command, error)
}

function helpAfter(program: Command, command: Command, { code, message }: CommanderError): string | undefined {
  if (!/^commander\.(?:unknown|excess|missing)/.test(code) || !message.startsWith('error')) return undefined
  const [, path = ''] = [...commandsOf(program)].find(([each]) => each === command) ?? []
  return `(See: obsidian-events ${['help', path].join(' ').trim()})`
}

function meantBy(program: Command, command: Command, error: CommanderError): string | undefined {
  const word = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  if (error.code === 'commander.unknownCommand') return didYouMean(commandLike(program, command, word))
  if (error.code === 'commander.unknownOption') return hintForOption(program, command, word)
  if (error.code === 'commander.excessArguments' && command.commands.length > 0) {
    const below = command.commands.map((each) => each.name())
    return didYouMean(command.args.map((arg) => nearest(arg, below)).find((name) => name !== undefined))
  }
  const [, given, choices] =
    /(?:argument|value) '(.*)' is invalid.*\. Allowed choices are (.*)\./.exec(error.message) ?? []
  return given === undefined ? undefined : didYouMean(nearest(given, choices?.split(', ') ?? []))
}

/** Every command of the program, with the words that lead to it. */
export function* commandsOf(command: Command, path: readonly string[] = []): Generator<[Command, string]> {
  yield [command, path.join(' ')]
  for (const below of command.commands) yield* commandsOf(below, [...path, below.name()])
}

function didYouMean(what: string | undefined): string | undefined {
  return what === undefined ? undefined : `(Did you mean ${what}?)`
}

/** The command that the words lead to. */
function commandIn(program: Command, args: readonly string[]): Command {
  let command = program
  for (const arg of args) command = command.commands.find((each) => each.name() === arg) ?? command
  return command
}

/** A command of exactly that name, wherever it is, before one that is spelled like it. */
function commandLike(program: Command, command: Command, word: string): string | undefined {
  const all = [...commandsOf(program)]
  const exact = all.find(([each]) => each !== program && each.name() === word)
  if (exact !== undefined) return exact[1]
  if (Object.hasOwn(synonyms, word)) return synonyms[word]
  const names = command.commands.map((each) => each.name())
  return (
    nearest(word, names) ??
    all.find(
      ([each]) =>
        each.name() ===
        nearest(
          word,
          all.map(([one]) => one.name()),
        ),
    )?.[1]
  )
}

function hintForOption(program: Command, command: Command, flag: string): string | undefined {
  const [name = ''] = flag.split('=')
  if (/^--(?:auth-)?token$/.test(name)) {
    return '(The token comes from EVENT_TRACKING_AUTH_TOKEN, or from the file of --dotenv: others could read it here.)'
  }
  const known = [...visible(command), ...visible(program)]
  const synonym = optionSynonyms[name]
  if (synonym !== undefined && known.some((long) => synonym.split(' ')[0] === long)) return didYouMean(synonym)
  const near = nearest(
    name.slice(2),
    known.map((long) => long.slice(2)),
  )
  if (name.startsWith('--') && near !== undefined) return didYouMean(`--${near}`)
  const others = [...commandsOf(program)].filter(([each]) => visible(each).includes(name))
  if (others.length > 0) return `(It is an option of ${others.map(([, path]) => path).join(', ')}.)`
  if (name.startsWith('--') || command.registeredArguments.length === 0) return undefined
  return `(An id that starts with a dash comes after --, as in: obsidian-events ${command.name()} -- ${flag})`
}

/** Long names of the options that a help shows. */
function visible(command: Command): string[] {
  return command.options.flatMap(({ hidden, long }) => (hidden || long === null || long === undefined ? [] : [long]))
}
