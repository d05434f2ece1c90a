import { spawnSync } from 'node:child_process'
import { Problem } from './problem.ts'

/** Git in one folder, reading only. */
export class Git {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Runs git. @returns what it says, without the end of the last line */
  run(...args: string[]): string {
    const { status, stdout, stderr } = this.#spawn(args)
    if (status === 0) return stdout.trimEnd()
    throw new Problem(`git ${args.join(' ')} failed: ${stderr.trim().split('\n')[0]}`)
  }

  /** The same, or undefined where git says no. */
  try(...args: string[]): string | undefined {
    const { status, stdout } = this.#spawn(args)
    return status === 0 ? stdout.trimEnd() : undefined
  }

  has(commit: string): boolean {
    return this.try('rev-parse', '--verify', '--quiet', `${commit}^{commit}`) !== undefined
  }

  /** The text of a file as it was. */
  show(commit: string, path: string): string {
    return this.run('show', `${commit}:${path}`)
  }

  #spawn(args: string[]) {
    const ended = spawnSync('git', args, { cwd: this.#folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (ended.error !== undefined) throw new Problem(`git cannot be run (${ended.error.message}). Install it first`)
    return ended
  }
}
