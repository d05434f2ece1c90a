import type { KnownCommand } from './vocabulary.ts'

const walk = `_obsidian_events() {
  local IFS=$' \\t\\n' current=\${COMP_WORDS[COMP_CWORD]} option= path= at=0 is_value= is_rest= word i
  local commands options valued optional files choices operands
  _obsidian_events_words
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $is_value == perhaps && $word == -* ]] && is_value=
    if [[ $word == = && $option ]]; then
      is_value=1
    elif [[ $is_value ]]; then
      is_value=
    elif [[ $is_rest || $word != -* ]]; then
      option=
      if [[ ! $is_rest && " $commands " == *" $word "* ]]; then
        # The words after it are those of the command whose help it shows.
        [[ $path == help ]] && path=
        path="\${path:+$path }$word"
        _obsidian_events_words
      else
        at=$((at + 1))
      fi
    elif [[ $word == -- ]]; then
      is_rest=1
    else
      option=$word
      [[ " $valued " == *" $word "* ]] && is_value=1
      [[ " $optional " == *" $word "* ]] && is_value=perhaps
    fi
  done
  [[ $is_value == perhaps && $current == -* ]] && is_value=
  # An = is a word of its own.
  if [[ $current == = && $option ]]; then current= is_value=1; fi`

const answer = `    esac
    if [[ $choices ]]; then
      COMPREPLY=($(compgen -W "$choices" -- "$current"))
    elif [[ " $files " == *" $option "* ]]; then
      _obsidian_events_files
    fi
  elif [[ $current == -* && ! $is_rest ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ $commands && ! $is_rest ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else
    set -- $operands
    shift $((at < $# ? at : $#))
    case \${1-} in
      file) _obsidian_events_files ;;
      *,*) COMPREPLY=($(compgen -W "\${1//,/ }" -- "$current")) ;;
    esac
  fi
}

_obsidian_events_files() {
  # bash itself knows best how to quote the name of a file; that of macOS has no compopt.
  if type compopt >/dev/null 2>&1; then
    compopt -o default
  else
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}`

/** Completion for bash, from 3.2 on, which is what macOS has. */
export function scriptFor(commands: readonly KnownCommand[]): string {
  return `# Completion of obsidian-events for bash. In ~/.bashrc: eval "$(obsidian-events completion bash)"
${walk}
  COMPREPLY=()
  if [[ $is_value ]]; then
    case $path:$option in
${choiceLines(commands)}
${answer}

_obsidian_events_words() {
  commands= options= valued= optional= files= choices= operands=
  case $path in
${commands.map(caseOf).join('\n')}
  esac
}

complete -F _obsidian_events obsidian-events
`
}

function caseOf({ path, commands, options, values }: KnownCommand): string {
  const valued = options.filter(({ value, isOptional }) => value !== undefined && !isOptional)
  const optional = options.filter(({ isOptional }) => isOptional)
  const files = options.filter(({ value }) => value === 'file')
  const operands = values.map(({ value }) => (typeof value === 'string' ? value : `${value.join(',')},`))
  return `    '${path}')
      commands='${commands.map(({ name }) => name).join(' ')}'
      options='${options.map(({ names }) => names.at(-1)).join(' ')}'
      valued='${valued.flatMap(({ names }) => names).join(' ')}'
      optional='${optional.flatMap(({ names }) => names).join(' ')}'
      files='${files.flatMap(({ names }) => names).join(' ')}'
      operands='${operands.join(' ')}' ;;`
}

function choiceLines(commands: readonly KnownCommand[]): string {
  const lines = commands.flatMap(({ options }) =>
    options.flatMap(({ names, value }) =>
      Array.isArray(value) ? [`      *:${names.at(-1)}) choices='${value.join(' ')}' ;;`] : [],
    ),
  )
  return [...new Set(lines)].join('\n')
}
