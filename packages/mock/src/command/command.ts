import { startServer } from '../server/start.ts'
import { type Arguments, UsageError, readArguments } from './arguments.ts'
import { type Output, createLog, createTone, plain } from './log.ts'
import { openPage } from './open-page.ts'
import { type MockOption, helpOf, options as known } from './options.ts'
import { RecordFile } from './record-file.ts'
import { version } from './version.ts'

export type { MockOption } from './options.ts'

/** Options of the command, by name. */
export const mockOptions: Readonly<Record<string, MockOption>> = known

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

interface Surroundings extends CommandOptions {
  stdout: Output
  stderr: Output
}

/**
 * The mock as a command: starts it, prints its addresses and one line for each call. Resolves with the exit code: 0 when
 * it was ended, 1 when it does not start or
 * cannot record any more, 2 when the command line is wrong.
 */
export async function mockCommand(args: readonly string[], options: CommandOptions = {}): Promise<number> {
  const { name = 'obsidian-events-mock', stdout = process.stdout, stderr = process.stderr } = options
  try {
    const given = readArguments(args)
    if (given.help) stdout.write(helpOf(name))
    else if (given.version) stdout.write(`${version()}\n`)
    else await serve(given, { ...options, stdout, stderr })
    return 0
  } catch (error) {
    const hint = error instanceof UsageError ? ` (${name} --help)` : ''
    stderr.write(`${plain((error as Error).message)}${hint}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function serve(given: Arguments, { env: all = process.env, ...about }: Surroundings): Promise<void> {
  const { stdout, stderr, signal } = about
  const env = given.noColor ? { ...all, NO_COLOR: '1' } : all
  const record = given.record && (await RecordFile.open(given.record.path, given.record.append))
  try {
    const { mock, recorder, arrivals } = await startServer(given.mock)
    try {
      mock.fail(given.script)
      recorder.subscribe(createLog({ output: stdout, env }))
      if (record !== undefined) arrivals.add((call) => record.add(call))
      stdout.write(heading(given, mock, createTone(stdout, env)))
      if (given.open) openPage(mock.inspectorUrl, env, (problem) => stderr.write(`${problem}\n`))
      await Promise.race([aborted(signal), ...(record === undefined ? [] : [record.failed])])
    } finally {
      await mock.close()
    }
  } finally {
    await record?.close()
  }
}

function heading(
  { mock: { upstream }, record }: Arguments,
  { url, inspectorUrl }: { url: string; inspectorUrl: string },
  tone: ReturnType<typeof createTone>,
): string {
  const lines = [
    ['API', url],
    ['Page', inspectorUrl],
    ...(upstream === undefined ? [] : [['Upstream', upstream]]),
    ...(record === undefined ? [] : [['Record', plain(record.path)]]),
  ]
  const addresses = lines.map(([label = '', address = '']) => `${label.padEnd(10)}${tone('cyan', address)}\n`)
  return `${addresses.join('')}${tone('dim', 'Any token passes. Ctrl-C ends it.')}\n\n`
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
