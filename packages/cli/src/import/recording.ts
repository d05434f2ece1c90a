import type { Counts, Journal } from './journal.ts'
import type { Reject, Rejects } from './rejects.ts'

/** Keeps on the disk what has become of the lines: the rejects among them, and which are done. */
export class Recording {
  readonly #journal: Journal | undefined
  readonly #rejects: Rejects
  readonly #counts: Counts
  readonly #onLost: (error: unknown) => void
  #running: Promise<void> | undefined
  /** Number of the first line that nothing has ended: it may still be being written. */
  #openFrom = Infinity
  /** Number of such lines that were rejected: they do not count as done, and are read again by the next run. */
  #openRejects = 0
  #isLost = false

  /** @param counts of this run, which are kept with each line. @param onLost is told once that the disk takes nothing more */
  constructor(
    { journal, rejects }: { journal: Journal | undefined; rejects: Rejects },
    counts: Counts,
    onLost: (error: unknown) => void,
  ) {
    this.#journal = journal
    this.#rejects = rejects
    this.#counts = counts
    this.#onLost = onLost
  }

  /** Takes note that nothing has ended this line and those after it. */
  open(number: number): void {
    this.#openFrom = Math.min(this.#openFrom, number)
  }

  done(number: number): void {
    this.#journal?.add(number)
    this.#running ??= this.#run()
  }

  reject(number: number, reject: Reject, input: string | undefined): void {
    this.#rejects.add(reject, input)
    if (number < this.#openFrom) return this.done(number)
    this.#openRejects++
    this.#running ??= this.#run()
  }

  /** True if it should catch up before there is more. */
  get isFull(): boolean {
    return this.#rejects.isFull
  }

  async caughtUp(): Promise<void> {
    await this.#running
  }

  /** Resolves once all is on the disk, or the disk is lost. */
  async end(): Promise<void> {
    await (this.#running ??= this.#run())
    await this.#journal?.sync().catch((error: unknown) => this.#lose(error))
  }

  /** Records the lines of one turn of the event loop at once: a crash loses no more than the answers of that turn. */
  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#isDue()) {
        const rejected = this.#counts.rejected - this.#openRejects
        const entry = this.#journal?.isDue ? this.#journal.take({ ...this.#counts, rejected }) : undefined
        // First, so that a crash or a power loss between the two repeats a reject and loses none.
        if (this.#rejects.isDue) await this.#rejects.flush()
        if (entry !== undefined) this.#journal?.write(entry)
      }
    } catch (error) {
      this.#lose(error)
    }
    this.#running = undefined
  }

  #isDue(): boolean {
    return !this.#isLost && (this.#rejects.isDue || this.#journal?.isDue === true)
  }

  /** Gives the disk up: from here on no line counts as done, and is sent again in the next run. */
  #lose(error: unknown): void {
    this.#isLost = true
    this.#onLost(error)
  }
}
