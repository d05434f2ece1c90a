import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Random } from './random.ts'

/** Arguments with which this run time runs a program. */
const runFlags = 'deno' in process.versions ? ['run', '-A'] : []

/** Starts a program of this directory on the run time that runs this one. */
export function start(
  program: string,
  args: readonly (string | number)[],
  env: Record<string, string> = {},
): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url))
  return spawn(process.execPath, [...runFlags, path, ...args.map(String)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The moment at which a program is killed. */
export interface Moments {
  /** Longest life, in milliseconds. */
  longestMs: number
  /** Only while it opens its file. */
  onlyOpening: boolean
}

/**
 * Kills a program that says when it begins: while it opens its file, while it works, or while it ends.
 *
 * @returns what was wrong with it, if anything
 */
export async function kill(child: ChildProcess, random: Random, moments: Moments): Promise<string[]> {
  const exited = once(child, 'exit')
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), exited])
  const moment = moments.onlyOpening ? 0 : random.below(4)
  await pass(random.below(moment === 0 ? 25 : moments.longestMs))
  if (moment === 1) {
    child.kill('SIGTERM')
    await pass(random.below(25))
  }
  child.kill('SIGKILL')
  const [code] = await exited
  return code ? [`a writer failed by itself with code ${code}`] : []
}

export function pass(ms: number): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms))
}
