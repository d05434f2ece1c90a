import { createReadStream } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { commandLine } from './command-line.ts'
import { importFile } from './import-file.ts'
import { say, tone } from './say.ts'
import { stay } from './stay.ts'

const sample = resolve(import.meta.dirname, '../sample.ndjson')
/** The exit code of a program that was interrupted. */
const interrupted = 130

/** Something that the reader can put right. Its message is all that is printed. */
class Complaint extends Error {}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.length > 1 || args[0]?.startsWith('-')) throw new Complaint('Usage: npm start -- [FILE.ndjson]')
  // npm runs scripts in the folder of package.json, and says here where the reader is.
  const here = env['INIT_CWD'] ?? process.cwd()
  const file = relative(here, resolve(here, args[0] ?? sample))
  const lines = await linesIn(resolve(here, file))
  const interrupt = new AbortController()
  process.on('SIGINT', () => interrupt.abort())
  await using mock = await startAnywhere(env['PORT']?.trim() || '4010')
  const obsidianEvents = commandLine(mock.url, here)
  await obsidianEvents('identify', 'user123', '--name', 'John Doe', '--email', 'john@example.com')
  await obsidianEvents('track', 'user123', 'button_click')
  const isGood = await importFile({ mock, obsidianEvents, file, lines, stop: interrupt.signal })
  if (interrupt.signal.aborted) return interrupted
  if (process.stdin.isTTY && process.stdout.isTTY) {
    await stay(mock, interrupt.signal)
    return 0
  }
  return isGood ? 0 : 1
}

/** Counts the lines of a file that are not blank. */
async function linesIn(path: string): Promise<number> {
  let lines = 0
  let isBlank = true
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === 10) isBlank = true
        else if (isBlank && byte > 32) {
          isBlank = false
          lines++
        }
      }
    }
  } catch (error) {
    throw new Complaint(`${path} cannot be read: ${(error as Error).message.replace(/, .*/, '')}.`, { cause: error })
  }
  if (lines === 0) throw new Complaint(`${path} is empty. Give a file with one event a line.`)
  return lines
}

/** Starts the mock at a port, else at any free port. */
async function startAnywhere(wish: string): Promise<Mock> {
  const port = Number(wish)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Complaint(`PORT is ${JSON.stringify(wish)}, but must be a number from 0 to 65535.`)
  }
  const mock = await startMock({ port }).catch(() => startMock())
  say(`Page  ${tone('cyan', mock.inspectorUrl)}`)
  if (port !== 0 && !mock.url.endsWith(`:${port}`)) say(tone('yellow', `Port ${port} is not free: took another.`))
  return mock
}

// A reader such as `head` may leave early; that is no failure to report.
process.stdout.on('error', () => process.exit())
try {
  process.exitCode = await run(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof Complaint)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
