import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { TrackerOptions } from '@obsidianlaunch/events'
import { exitCodes, Failure, fileFailure } from './failure.ts'
import { type Output, Screen } from './screen.ts'
import { json, plain, shellWords, withoutPassword } from './text.ts'
import { textOf } from './utf8.ts'

/** The options that every command has. */
export interface GlobalOptions {
  json?: true
  environment?: 'test' | 'production'
  baseUrl?: string
  allowInsecureHttp?: true
  dotenv?: string
  color?: boolean
}

/** The parts of a process that a command touches. */
export interface ShellParts {
  stdin: AsyncIterable<Buffer> & { isTTY?: boolean; destroy(): unknown }
  stdout: Output
  stderr: Output
  env: NodeJS.ProcessEnv
}

/** Object that `--json` prints in one line. */
export interface JsonRecord {
  type: string
  [field: string]: unknown
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Surroundings of a command: its input and output, the global options, the environment, and the signal to stop. */
export class Shell {
  readonly env: NodeJS.ProcessEnv
  /** Standard output, for results. */
  readonly out: Screen
  /** Standard error, for progress and complaints. */
  readonly err: Screen
  options: GlobalOptions = {}
  /** Variables that `--dotenv` has set. */
  readonly fromDotenv = new Set<string>()
  /** The command line, as it was typed. */
  args: readonly string[] = []
  readonly #parts: ShellParts
  readonly #stop = new AbortController()
  #exitCode: number = exitCodes.ok
  #isOutputLost = false

  constructor(parts: ShellParts) {
    const { stdout, stderr, env } = parts
    this.#parts = parts
    this.env = env
    this.out = new Screen(stdout, env)
    this.err = new Screen(stderr, env)
  }

  /** Code of the process. A command that went well has failed all the same if its results could not be printed. */
  get exitCode(): number {
    return this.#isOutputLost && this.#exitCode === exitCodes.ok ? exitCodes.failed : this.#exitCode
  }

  set exitCode(code: number) {
    this.#exitCode = code
  }

  /** Standard input, which a command opens only if it reads it. */
  get stdin(): ShellParts['stdin'] {
    return this.#parts.stdin
  }

  /** Signal that is aborted when the command should end: by Ctrl-C, or because its output is not read any more. */
  get stopped(): AbortSignal {
    return this.#stop.signal
  }

  stop(signal?: StopSignal): void {
    if (signal !== undefined) this.exitCode = exitCodes[signal]
    this.#stop.abort()
  }

  /** Goes on without standard output, which takes nothing any more: its reader has gone, or the disk is full. */
  loseOutput(error: NodeJS.ErrnoException): void {
    this.out.break()
    // A reader such as `head` may have seen enough: that is no failure to report.
    if (error.code === 'EPIPE') return this.stop()
    const { message } = fileFailure('Standard output', 'written', error)
    this.err.wrap('', `${message} What the command still had to say there is lost; what it did is done.`, 'yellow')
    this.#isOutputLost = true
  }

  /** The command line with one more option, to be typed or pasted. It ends in logs, so it has no password. */
  commandWith(option: readonly string[], without: readonly string[] = []): string {
    // npx puts no command on the path.
    const name = this.env['npm_command'] === 'exec' ? ['npx', '@obsidianlaunch/events-cli'] : ['obsidian-events']
    const kept = this.args.filter((word) => !without.includes(word)).map(withoutPassword)
    // Behind a -- it would be no option.
    const end = kept.includes('--') ? kept.indexOf('--') : kept.length
    return shellWords([...name, ...kept.slice(0, end), ...option, ...kept.slice(end)])
  }

  /** Prints one result: as a line of JSON for `--json`, else in words. */
  report(record: JsonRecord, inWords: () => void): void {
    if (this.options.json) this.out.print(json(record))
    else inWords()
  }

  /** Says what went wrong, and lets the process end with its code. */
  fail({ message, exitCode, code, resumeCommand, help }: Failure): void {
    // What was stopped ends with the code of its signal.
    if (!this.stopped.aborted || this.exitCode === exitCodes.ok) this.exitCode = exitCode
    // Who has stopped it knows why.
    const page = this.stopped.aborted ? undefined : help
    this.report({ type: 'error', code, message, exitCode: this.exitCode, resumeCommand, help: page }, () => {
      this.err.wrap('', message)
      // These in one piece, so that they can be copied.
      if (resumeCommand !== undefined) this.err.print(`  ${resumeCommand}`)
      if (page !== undefined) this.err.print(this.err.tone('dim', `See ${page}`))
    })
  }

  /** Options of a tracker from the global options; the rest it reads from the environment. */
  trackerOptions(): TrackerOptions {
    const { environment, baseUrl } = this.options
    const allowInsecureHttp = this.options.allowInsecureHttp ?? isTrue(this.env, 'EVENT_TRACKING_ALLOW_INSECURE_HTTP')
    return { allowInsecureHttp, ...(environment && { environment }), ...(baseUrl !== undefined && { baseUrl }) }
  }

  /** Takes the global options in. A variable that is set already wins over the file's. */
  configure(options: GlobalOptions): void {
    this.options = options
    if (options.color === false) this.#withoutColours()
    if (options.dotenv === undefined) return
    for (const [name, value] of Object.entries(readDotenv(options.dotenv))) {
      if (this.env[name] !== undefined || !ofDotenv.test(name)) continue
      this.env[name] = value
      this.fromDotenv.add(name)
    }
  }

  #withoutColours(): void {
    // The mock and the SDK read the variable.
    this.env['NO_COLOR'] = '1'
    for (const screen of [this.out, this.err]) screen.withoutColours()
  }
}

/** The value of a switch in the environment. @throws Failure for what is neither true nor false */
function isTrue(env: NodeJS.ProcessEnv, name: string): boolean {
  const value = env[name]?.trim().toLowerCase() ?? ''
  if (value === 'true' || value === 'false' || value === '') return value === 'true'
  throw new Failure(`${name} must be true or false.`, exitCodes.configuration, 'configuration')
}

/** Variables that `--dotenv` takes: a file for another program must not switch off the checks of this one, as `NODE_…` can. */
const ofDotenv =
  /^(EVENT_TRACKING_\w+|OBSIDIAN_RELAY_\w+|DATABASE_URL|PG\w+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|NODE_USE_ENV_PROXY)$/

function readDotenv(path: string): NodeJS.Dict<string> {
  const { text, problem } = textOf(readBytes(path))
  if (text !== undefined) return parseEnv(text)
  throw new Failure(`${plain(path)} ${problem}`, exitCodes.configuration, 'configuration')
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { message } = fileFailure(path, 'read', error)
    throw new Failure(message, exitCodes.configuration, 'configuration')
  }
}
