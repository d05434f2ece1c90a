import type { Database } from './database.ts'
import { isFull } from './errors.ts'
import type { Tables } from './tables.ts'
import { OutboxError } from '../../errors/errors.ts'

/** One call, to be carried out with others in one transaction. */
export interface Work<T> {
  /** It changes nothing. */
  readonly reads?: true
  /** Its answer promises what not even a failure of the power undoes. */
  readonly lasts?: true
  /** Does it in the database. `isTight` where there was no space: as little as possible is to be written. */
  run(tables: Tables, isTight: boolean): T | Promise<T>
  /** Does the same in memory, once the transaction is complete. */
  done?(answer: T): void
  /** Takes back what `run` has done in memory. */
  undo?(): void
}

interface Call<T> {
  readonly work: Work<T>
  readonly resolve: (answer: T) => void
  readonly reject: (error: unknown) => void
}

/** The most calls that one transaction carries. */
const mostCalls = 1_000

/**
 * Gathers the calls of one tick, so that they share one transaction. Groups follow one another: a call is carried out when
 * those before it are complete, and answered when its own transaction is.
 */
export class Group {
  readonly #database: Database
  readonly #open: () => Promise<void>
  #calls: Call<never>[] = []
  #running: Promise<void> | undefined

  /** @param open makes ready what the calls need; where it fails, so do they */
  constructor(database: Database, open: () => Promise<void>) {
    this.#database = database
    this.#open = open
  }

  add<T>(work: Work<T>): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      this.#calls.push({ work, resolve, reject } as unknown as Call<never>)
    })
    this.#running ??= this.#run()
    return answer
  }

  /** Waits until everything is carried out that was added before. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // The rest of this tick may add more. A timer would be late in a hidden tab.
    await Promise.resolve()
    while (this.#calls.length > 0) {
      try {
        await this.#open()
        await this.#carryOut(this.#calls.splice(0, mostCalls))
      } catch (error) {
        for (const { reject } of this.#calls.splice(0)) reject(error)
      }
    }
    this.#running = undefined
  }

  /** Carries calls out together; where that fails, each alone, so that it fails for reasons of its own. */
  async #carryOut(calls: readonly Call<never>[]): Promise<void> {
    const error = await this.#try(calls, false)
    if (error === undefined) return
    for (const call of calls) {
      const alone = calls.length > 1 ? await this.#try([call], false) : error
      const failure = isOfSpace(alone) ? await this.#try([call], true) : alone
      if (failure !== undefined) call.reject(failure)
    }
  }

  /** @returns why it failed */
  async #try(calls: readonly Call<never>[], isTight: boolean): Promise<unknown> {
    const mode = calls.every(({ work }) => work.reads) ? 'readonly' : 'readwrite'
    const lasts = calls.some(({ work }) => work.lasts)
    try {
      const answers = await this.#database.transact(mode, lasts, async (tables) => {
        const given: never[] = []
        for (const { work } of calls) given.push(await work.run(tables, isTight))
        return given
      })
      for (const [at, { work, resolve }] of calls.entries()) {
        work.done?.(answers[at] as never)
        resolve(answers[at] as never)
      }
      return undefined
    } catch (error) {
      for (const { work } of calls) work.undo?.()
      return error
    }
  }
}

function isOfSpace(error: unknown): boolean {
  return error instanceof OutboxError && (error.problem === 'full' || isFull(error.cause))
}
