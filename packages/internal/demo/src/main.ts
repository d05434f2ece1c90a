import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Complaint } from './complaint.ts'
import { faultsFor } from './faults.ts'
import { openEventFile } from './file.ts'
import { makeGuideCalls } from './guide.ts'
import { showProgress } from './progress.ts'
import { printReport } from './report.ts'
import { plain, plural, Screen } from './screen.ts'
import { Sending } from './send.ts'
import { startAnywhere } from './start.ts'
import { stay } from './stay.ts'
import { Wire } from './wire.ts'

const sample = fileURLToPath(new URL('../sample.ndjson', import.meta.url))
/** What a shell expects of a program that was interrupted. */
const interrupted = 130

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.length > 1 || args[0]?.startsWith('-')) throw new Complaint('Usage: npm start -- [FILE.ndjson]')
  // npm runs scripts in the folder of package.json, and says here where the reader is.
  const here = env['INIT_CWD'] ?? process.cwd()
  const name = args[0] ?? relative(here, sample)
  const file = await openEventFile(resolve(here, name))
  const screen = new Screen(process.stdout, env)
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  const mock = await startAnywhere(env['PORT'], screen)
  try {
    await makeGuideCalls(mock.url, screen)
    screen.print(screen.tone('bold', plain(name)))
    screen.wrap('  ', `${plural(file.lines, 'line')}, while the mock answers some with 503 and 429`)
    mock.fail(faultsFor(file.lines))
    const wire = new Wire(mock, file.lastLine)
    const sending = new Sending(file, mock.url)
    const startedAt = performance.now()
    const endProgress = showProgress(screen, sending, wire)
    const books = await sending.run(interrupt.signal).finally(endProgress)
    const good = printReport(screen, sending, wire, books, performance.now() - startedAt)
    if (interrupt.signal.aborted) return interrupted
    if (process.stdin.isTTY && process.stdout.isTTY) {
      await stay(mock, screen, interrupt.signal)
      return 0
    }
    return good ? 0 : 1
  } finally {
    await mock.close()
  }
}

// A reader such as `head` may leave early; that is no failure to report.
process.stdout.on('error', () => process.exit())
try {
  process.exitCode = await run(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof Complaint)) throw error
  process.stderr.write(`${plain(error.message, 500)}\n`)
  process.exitCode = 1
}
