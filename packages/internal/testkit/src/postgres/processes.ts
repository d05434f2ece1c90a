import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pass } from 'node:timers/promises'

/**
 * Ends a server and takes its folder away once this program has ended, however it ends. It is told the first process of the
 * server, an empty line when there is none.
 */
const script = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -CONT "$pid"; kill -QUIT "$pid"
  tries=0
  while kill -0 "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$1"
`

export interface Guard {
  watch(pid: number | undefined): void
  /** Takes the folder away. */
  end(): Promise<void>
}

export function guard(folder: string): Guard {
  const child = spawn('sh', ['-c', script, 'sh', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  // A guard that was killed guards no more; the server goes on.
  child.stdin.on('error', () => {})
  return {
    watch(pid) {
      child.stdin.write(`${pid ?? ''}\n`)
    },
    async end() {
      const ended = once(child, 'exit')
      child.ref()
      child.stdin.end()
      await ended
    },
  }
}

/** The processes that a process has started. Each of a server's has a session of its own, so no signal reaches all of them. */
export function childrenOf(parent: number): number[] {
  return processes().flatMap((one) => (one.parent === parent ? one.pid : []))
}

/** Kills processes. Resolves once none of them has any memory left. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGKILL')
  while (processes().some(({ pid }) => pids.includes(pid))) await pass(5)
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown
  }
}

interface Process {
  pid: number
  parent: number
}

/** All processes but those that have ended, which the first process of a container may leave in the list for ever. */
function processes(): Process[] {
  return lines().flatMap((line) => {
    const [pid, state, parent] = line.trim().split(/ +/)
    return state === undefined || state.startsWith('Z') ? [] : { pid: Number(pid), parent: Number(parent) }
  })
}

/** Lines of number, state and parent. Small images of Linux have no `ps`, but always the files that it reads. */
function lines(): string[] {
  if (existsSync('/proc/self/stat'))
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(lineOf)
  return spawnSync('ps', ['-A', '-o', 'pid=,stat=,ppid='], { encoding: 'utf8' }).stdout.split('\n')
}

function lineOf(pid: string): string {
  try {
    // The name of the program comes before them, and may have spaces and brackets.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\) /s, '')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
