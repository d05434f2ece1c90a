import type { KnownCommand, KnownOption, Value } from './vocabulary.ts'

/** Completion for zsh, with the description of each command and option. */
export function scriptFor(commands: readonly KnownCommand[]): string {
  return `#compdef obsidian-events
# Completion of obsidian-events for zsh. In ~/.zshrc: eval "$(obsidian-events completion zsh)"
# Or as a file named _obsidian-events in a folder of $fpath.

${commands.map((command) => functionOf(command)).join('\n')}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _obsidian-events "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _obsidian-events obsidian-events
fi
`
}

function functionOf(command: KnownCommand): string {
  const { path, commands, options, values } = command
  const specs = options.flatMap(optionSpecs)
  if (commands.length === 0) {
    const all = [...specs, ...values.map(({ help, value }) => quoted(`:${escaped(help)}:${actionOf(value)}`))]
    return `${nameOf(path)}() {\n  _arguments -s -S : \\\n    ${all.join(' \\\n    ')}\n}\n`
  }
  const names = commands.map(({ name, help }) => quoted(`${name}:${help}`))
  const below = commands.map(({ name }) => `        ${name}) ${nameOf(path === 'help' ? name : `${path} ${name}`)} ;;`)
  return `${nameOf(path)}() {
  local curcontext=$curcontext context state state_descr
  local -a line commands
  local -A opt_args
  commands=(
    ${names.join('\n    ')}
  )
  _arguments -C -S : \\
    ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $line[1] in
${below.join('\n')}
      esac ;;
  esac
}
`
}

function nameOf(path: string): string {
  // The first one is called as its file is: loading that puts the function in the place of the file.
  return ['_obsidian-events', ...path.split(' ').filter(Boolean)].join('-')
}

function optionSpecs({ names, help, value, isOptional }: KnownOption): string[] {
  const about = `[${escaped(help)}]`
  const isLast = names.includes('--help') || names.includes('--version')
  return names.map((name) => {
    if (value === undefined) return quoted(`${isLast ? '(- *)' : `(${names.join(' ')})`}${name}${about}`)
    return quoted(`*${name}=${about}${isOptional ? '::' : ':'}value:${actionOf(value)}`)
  })
}

function actionOf(value: Value): string {
  if (value === 'file') return '_files'
  return value === 'any' ? ' ' : `(${value.join(' ')})`
}

/** Text within a specification, in which brackets and colons have a meaning. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
