import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EventTracker } from '@obsidianlaunch/events'
import { succeed } from '@obsidianlaunch/testkit/run'
import { event, failed, token } from '../contenders/contender.ts'

/**
 * In a process of its own: `import-file.ts <import | csv | tracker | dry-run> LINES FILE URL` prints how many lines a second went
 * through, and the most memory that the process had, in its first tenth and in all. `import-file.ts help` prints nothing,
 * and neither does `import-file.ts nothing`: how long they take is measured from outside.
 */
const [what = '', count = '', file = '', url = ''] = process.argv.slice(2)
const lines = Number(count)

/** The program of the command line. */
function mainOfCommand(): string {
  const manifest = createRequire(import.meta.url).resolve('@obsidianlaunch/events-cli/package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> }
  return join(dirname(manifest), bin['obsidian-events'] ?? '')
}

async function command(...args: string[]): Promise<void> {
  const env = { ...process.env, EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: url }
  const child = spawn(process.execPath, [mainOfCommand(), ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await measured(child.pid ?? 0, once(child, 'exit'))
  if (code !== 0) failed(`obsidian-events ${args.join(' ')} ended with ${code}`)
}

/** As many events of as many customers, from memory, with as many on their way at once. */
async function tracked(): Promise<void> {
  const most = 2_000
  let tellRoom: (() => void) | undefined
  const onDelivered = () => tracker.stats().pending < most - 64 && tellRoom?.()
  const tracker = new EventTracker({ baseUrl: url, token, onDelivered, onError: failed })
  for (let line = 0; line < lines; line++) {
    tracker.trackEvent(`customer-${(line * 7_919) % 50_000}`, event)
    if (tracker.stats().pending >= most) await new Promise<void>((resolve) => (tellRoom = resolve))
  }
  await tracker.flush()
}

/** Prints what a process took until its work was done. */
async function measured<T>(pid: number, work: Promise<T>): Promise<T> {
  const samples: { ms: number; bytes: number }[] = []
  const started = performance.now()
  const sampling = setInterval(() => {
    const ms = performance.now() - started
    residentOf(pid).then(
      (bytes) => samples.push({ ms, bytes }),
      // It has just ended.
      () => undefined,
    )
  }, 100)
  const result = await work
  clearInterval(sampling)
  const ms = performance.now() - started
  const mostUntil = (end: number) => Math.max(...samples.filter((one) => one.ms <= end).map((one) => one.bytes)) / 1e6
  const figures = { perSecond: (lines / ms) * 1_000, earlyMb: mostUntil(ms / 10), mb: mostUntil(ms) }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  return result
}

async function residentOf(pid: number): Promise<number> {
  if (pid === process.pid) return process.memoryUsage.rss()
  return Number(await succeed('ps', ['-o', 'rss=', '-p', String(pid)])) * 1_024
}

function imported(): Promise<void> {
  return command('track', '--from', file, '--restart')
}

const runs: Record<string, () => Promise<void>> = {
  import: imported,
  csv: imported,
  tracker: () => measured(process.pid, tracked()),
  'dry-run': () => command('track', '--from', file, '--dry-run'),
  help: async () => {
    const main = mainOfCommand()
    process.argv.splice(1, process.argv.length, main, '--help')
    process.stdout.write = () => true
    await import(pathToFileURL(main).href)
  },
  nothing: async () => undefined,
}
await runs[what]?.()
if (what === 'import' || what === 'csv') rmSync(`${file}.journal`)
process.exit()
