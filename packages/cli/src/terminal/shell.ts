import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { TrackerOptions } from '@obsidianlaunch/events'
import { exitCodes, Failure, fileFailure } from './failure.ts'
import { type Output, Screen } from './screen.ts'
import { plain } from './text.ts'
import { textOf } from './utf8.ts'

/** The options that every command has. */
export interface GlobalOptions {
  json?: true
  environment?: 'test' | 'production'
  baseUrl?: string
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
  readonly stdin: ShellParts['stdin']
  readonly env: NodeJS.ProcessEnv
  /** Standard output, for results. */
  readonly out: Screen
  /** Standard error, for progress and complaints. */
  readonly err: Screen
  options: GlobalOptions = {}
  exitCode: number = exitCodes.ok
  /** Variables that `--dotenv` has set. */
  readonly fromDotenv = new Set<string>()
  readonly #stop = new AbortController()

  constructor({ stdin, stdout, stderr, env }: ShellParts) {
    this.stdin = stdin
    this.env = env
    this.out = new Screen(stdout, env)
    this.err = new Screen(stderr, env)
  }

  /** Signal that is aborted when the command should end: by Ctrl-C, or because its output is not read any more. */
  get stopped(): AbortSignal {
    return this.#stop.signal
  }

  stop(signal?: StopSignal): void {
    if (signal !== undefined) this.exitCode = exitCodes[signal]
    this.#stop.abort()
  }

  /** Prints one result: as a line of JSON for `--json`, else in words. */
  report(record: JsonRecord, inWords: () => void): void {
    if (this.options.json) this.out.print(JSON.stringify(record))
    else inWords()
  }

  /** Says what went wrong, and lets the process end with its code. */
  fail({ message, exitCode, code }: Failure): void {
    this.report({ type: 'error', code, message, exitCode }, () => this.err.wrap('', message))
    if (!this.stopped.aborted || this.exitCode === exitCodes.ok) this.exitCode = exitCode
  }

  /** Options of a tracker from the global options; the rest it reads from the environment. */
  trackerOptions(): TrackerOptions {
    const { environment, baseUrl } = this.options
    return { ...(environment && { environment }), ...(baseUrl !== undefined && { baseUrl }) }
  }

  /** Takes the global options in. A variable that is set already wins over the file's. */
  configure(options: GlobalOptions): void {
    this.options = options
    if (options.color === false) this.#withoutColours()
    if (options.dotenv === undefined) return
    for (const [name, value] of Object.entries(readDotenv(options.dotenv))) {
      if (this.env[name] !== undefined) continue
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
