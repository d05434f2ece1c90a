import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { peer } from './peers.ts'

/** Counts of what is asked of a server from this process, whichever copy of pg it goes through. */
export function countStatements(of: RegExp): () => number {
  let count = 0
  const own = createRequire(import.meta.resolve('@obsidianlaunch/events-postgres'))
  for (const load of [own, peer]) {
    const { prototype } = load('pg').Client
    const query = prototype.query
    prototype.query = function (statement: { text?: string } | string, ...rest: unknown[]) {
      const text = typeof statement === 'string' ? statement : (statement?.text ?? '')
      if (of.test(text)) count++
      return query.call(this, statement, ...rest)
    }
  }
  return () => count
}

/** The process of a server that is the parent of all others. @param backend the id of one of those */
export function serverOf(backend: number): number {
  return statOf(backend).parent
}

/** The CPU time, in milliseconds, that a server and all of its processes have taken. */
export function serverCpuMs(server: number): number {
  const { own, ended } = statOf(server)
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const { parent, own: cpu } = statOf(Number(name))
        return parent === server ? [cpu] : []
      } catch {
        // It has just ended.
        return []
      }
    })
  return children.reduce((sum, cpu) => sum + cpu, own + ended)
}

/** A process as /proc tells it, in ticks of 10 ms. */
function statOf(pid: number): { parent: number; own: number; ended: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may have spaces.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const ticks = (at: number) => (fields[at] ?? NaN) * 10
  return { parent: fields[1] ?? NaN, own: ticks(11) + ticks(12), ended: ticks(13) + ticks(14) }
}
