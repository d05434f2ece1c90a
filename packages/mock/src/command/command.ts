import { startServer } from '../server/start.ts'
import { type Arguments, UsageError, readArguments } from './arguments.ts'
import { type Output, createLog, createTone, plain } from './log.ts'
import { version } from './version.ts'

/** Surroundings of the command. */
export interface CommandOptions {
  /** Name of the command in its help. */
  name?: string | undefined
  stdout?: Output | undefined
  stderr?: Output | undefined
  env?: NodeJS.ProcessEnv | undefined
  /** Ends the mock when it is aborted, which Ctrl-C should do. */
  signal?: AbortSignal | undefined
}

const help = (name: string) => `Usage: ${name} [options]

The event tracking API on your own machine.

  --port <n>        4010; 0 takes any free one
  --host <address>  127.0.0.1
  --fail <faults>   plays faults, see below
  --upstream <url>  passes on to a real server
  --spec <file>     another OpenAPI document
  --seed <n>        the same at each run
  -h, --help
  -v, --version

Faults are played in order, one a request:
  503x2             503 twice (x* for ever)
  429:4             429, Retry-After: 4
  503@20%x*         one in five
  delay:500         late, in ms
  reset hang        the wire breaks, or
  truncate junk     the answer does
  refuse:2000       no connection for 2 s
  pass:40           40 unharmed

Example: ${name} --fail pass:5,503x2,reset
`

/**
 * The mock as a command: starts it, prints its addresses and one line for each call. Resolves with the exit code: 0 when
 * it was ended, 1 when it does not start, 2 when the command line is wrong.
 */
export async function mockCommand(args: readonly string[], options: CommandOptions = {}): Promise<number> {
  const { name = 'obsidian-events-mock', stdout = process.stdout, stderr = process.stderr } = options
  try {
    const given = readArguments(args)
    if (given.help) stdout.write(help(name))
    else if (given.version) stdout.write(`${version()}\n`)
    else await serve(given, { ...options, stdout })
    return 0
  } catch (error) {
    const hint = error instanceof UsageError ? ` (${name} --help)` : ''
    stderr.write(`${plain((error as Error).message)}${hint}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function serve({ mock: options, script }: Arguments, about: CommandOptions & { stdout: Output }): Promise<void> {
  const { stdout, env = process.env, signal } = about
  const tone = createTone(stdout, env)
  const { mock, recorder } = await startServer(options)
  try {
    mock.fail(script)
    recorder.subscribe(createLog({ output: stdout, env }))
    const lines = [
      ['API', mock.url],
      ['Page', mock.inspectorUrl],
      ...(options.upstream === undefined ? [] : [['Upstream', options.upstream]]),
    ]
    for (const [label = '', address = ''] of lines) stdout.write(`${label.padEnd(10)}${tone('cyan', address)}\n`)
    stdout.write(`${tone('dim', 'Any token passes. Ctrl-C ends it.')}\n\n`)
    await aborted(signal)
  } finally {
    await mock.close()
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
