import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** util-linux gives a program a terminal; the script of other systems takes other options. */
export const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

export interface Place {
  cwd?: string
  env: NodeJS.ProcessEnv
}

/** Runs a command line in a terminal of its own. */
export function inTerminal(columns: number, line: string, { cwd, env }: Place) {
  const command = `stty cols ${columns} && exec ${line}`
  const program = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
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
    kill: () => program.kill('SIGKILL'),
  }
}
