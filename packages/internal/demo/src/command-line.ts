import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { say, tone } from './say.ts'

const program = join(
  dirname(fileURLToPath(import.meta.resolve('@obsidianlaunch/events-cli/package.json'))),
  'dist/main.js',
)

/** Arguments for the demo alone: where the files go that nobody wants to keep. */
interface Hidden {
  unseen: string[]
}

export type CommandLine = (...args: (string | Hidden)[]) => Promise<void>

/** The built command line, pointed to a mock. It is shown as one would type it, and has the terminal while it runs. */
export function commandLine(baseUrl: string, cwd: string): CommandLine {
  const env = { ...process.env, EVENT_TRACKING_AUTH_TOKEN: 'demo-token', EVENT_TRACKING_BASE_URL: baseUrl }
  return async (...args) => {
    const shown = args.filter((one) => typeof one === 'string')
    const unseen = args.flatMap((one) => (typeof one === 'string' ? [] : one.unseen))
    say(`\n${tone('bold', inLines(['obsidian-events', ...shown.map(quoted)]))}`)
    await once(spawn(process.execPath, [program, ...shown, ...unseen], { cwd, env, stdio: 'inherit' }), 'exit')
  }
}

function quoted(argument: string): string {
  return /^[\w@./:=-]+$/.test(argument) ? argument : `'${argument}'`
}

/** Broken as a shell reads it, where the terminal is narrower than the line. */
function inLines(words: string[]): string {
  const [first = '', ...others] = words
  const lines = [first]
  for (const word of others) {
    const longer = `${lines.at(-1)} ${word}`
    if (longer.length + 2 < (process.stdout.columns ?? Infinity)) lines[lines.length - 1] = longer
    else lines.push(`  ${word}`)
  }
  return lines.join(' \\\n')
}
