import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Contents, readContents } from './contents.ts'
import { kill, start } from './process.ts'
import type { Random } from './random.ts'
import { readSteps, type Step } from './record.ts'

/** One outbox in a directory of its own, and the record of what its writers have done. */
export class CrashedFile {
  readonly directory = mkdtempSync(join(tmpdir(), 'crash-'))
  readonly path = join(this.directory, 'events.db')
  readonly #record = join(this.directory, 'record')
  readonly #random: Random
  readonly #longestMs: number
  #offset = 0
  #lives = 0

  /** @param longestMs how long a writer lives at most */
  constructor(random: Random, longestMs: number) {
    this.#random = random
    this.#longestMs = longestMs
  }

  /** Number of writers that it has had. */
  get lives(): number {
    return this.#lives
  }

  /** Starts a writer and kills it. @returns what it has done, in its own words, and what was wrong */
  async killOne(program: string, env: Record<string, string>): Promise<{ steps: Step[]; broken: string[] }> {
    // Numbers of a later writer are higher, whatever the one before it got to.
    const first = this.#lives * 1_000_000
    const writer = start(program, [this.path, this.#record, first, this.#random.below(1e9)], env)
    // The first one makes the file: so that is interrupted, too.
    const onlyOpening = this.#lives++ === 0
    const broken = await kill(writer, this.#random, { longestMs: this.#longestMs, onlyOpening })
    if (!existsSync(this.#record)) return { steps: [], broken }
    const { steps, offset } = readSteps(this.#record, this.#offset)
    this.#offset = offset
    return { steps, broken }
  }

  /** Reads what is in it now. A copy is looked at: to open the file would mend it, which is the next writer's task. */
  read(): { contents: Contents; broken: string[] } {
    const copy = mkdtempSync(join(tmpdir(), 'crash-copy-'))
    for (const path of ['', '-wal', '-journal'].map((end) => this.path + end)) {
      if (existsSync(path)) copyFileSync(path, join(copy, basename(path)))
    }
    const read = readContents(join(copy, basename(this.path)))
    rmSync(copy, { recursive: true })
    return read
  }

  /** Finds those of its files that have one of these texts in them. */
  leaks(...texts: string[]): string[] {
    return readdirSync(this.directory).flatMap((name) => {
      const bytes = readFileSync(join(this.directory, name))
      return texts.filter((text) => bytes.includes(text)).map((text) => `${text} is in ${name}`)
    })
  }

  remove(): void {
    rmSync(this.directory, { recursive: true })
  }
}
