import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A fault below a program: from which operation on, counted from 0, and how often. */
export interface Fault {
  readonly what:
    /** A sync fails, later ones succeed. */
    | 'sync'
    /** There is no space. */
    | 'write'
    /** Another process unlinks the log. */
    | 'unlink'
    /** Another process cuts the log to nothing. */
    | 'cut'
  readonly from: number
  readonly count: number
}

const missing =
  'The disk kit needs a C compiler (cc) on Linux. DISK_KIT=required makes its absence a failure; install gcc and libc6-dev.'

/** Path of the shim, which is built once in the life of this process. */
let built: string | undefined

/** @returns the shim, or why this machine can have none */
export function buildShim(): { shim: string } | { why: string } {
  if (built !== undefined) return { shim: built }
  if (process.platform !== 'linux') return { why: missing }
  const shim = join(mkdtempSync(join(tmpdir(), 'disk-shim-')), 'shim.so')
  const source = fileURLToPath(new URL('shim.c', import.meta.url))
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', shim, source, '-ldl', '-lpthread']
  const { error, status, stderr } = spawnSync('cc', flags, { encoding: 'utf8' })
  if (error) return { why: missing }
  if (status !== 0) throw new Error(`The shim of the disk kit does not compile: ${stderr}`)
  built = shim
  return { shim }
}

/** Runs `writer.ts` in a directory, over the shim. @returns what it complained of, where it failed by itself */
export function runWriter(shim: string, { directory, trace, seed, size, fault }: Run): Promise<string | undefined> {
  return runBare([directory, String(seed), size], {
    LD_PRELOAD: shim,
    DISK_DIR: directory,
    DISK_TRACE: trace,
    ...(fault && { DISK_FAULT: `${fault.what} ${fault.from} ${fault.count}` }),
  })
}

/** Runs it on the disk of this machine. */
export async function runBare(args: readonly string[], env: Record<string, string> = {}): Promise<string | undefined> {
  const program = fileURLToPath(new URL('writer.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const [code] = await once(child, 'close')
  return code === 0 ? undefined : `the writer ended with code ${code}: ${complaint}`
}

export interface Run {
  readonly directory: string
  readonly trace: string
  readonly seed: number
  /** Size of its events: few and small, or as large as fills the log. */
  readonly size: 'small' | 'large'
  readonly fault?: Fault
}
