import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The files of a world, in memory where that is possible. Each death leaves a directory behind. */
export class WorldFiles {
  readonly #directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'world-'))
  #copies = 0

  constructor() {
    mkdirSync(join(this.#directory, '0'))
  }

  /** The path of the outbox as it is now. */
  get path(): string {
    return join(this.#directory, String(this.#copies), 'events.db')
  }

  /** Puts aside what is there, as it is at this moment, for the process that comes next. */
  keepAs(found = this.path): void {
    const from = dirname(found)
    this.#copies++
    const to = dirname(this.path)
    mkdirSync(to)
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name))
  }

  /** The contents of all files. */
  contents(): Buffer[] {
    const directory = dirname(this.path)
    return readdirSync(directory).map((name) => readFileSync(join(directory, name)))
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
