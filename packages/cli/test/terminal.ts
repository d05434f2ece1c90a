import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Workplace } from './command-line.ts'

/** util-linux gives a program a terminal; the script of other systems takes other options. */
export const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

/** Runs a command in a terminal of its own. */
export function inTerminal({ directory, env }: Workplace, columns: number, line: string) {
  const command = `stty cols ${columns} && exec ${line}`
  const program = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: directory,
    env: { TERM: 'xterm', ...env },
  })
  const ended = once(program, 'exit') as Promise<[number | null]>
  let output = ''
  program.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    type: (text: string) => program.stdin.write(text),
    shows: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => output.includes(text) && resolve()
        program.stdout.on('data', look)
        void ended.then(() => reject(new Error(`ended without ${text}:\n${output}`)))
        look()
      }),
    code: async () => (await ended)[0],
    output: () => output,
  }
}
