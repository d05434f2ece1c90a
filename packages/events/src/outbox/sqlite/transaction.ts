import type { StatementSync } from 'node:sqlite'
import { DeadLetters } from './dead-letters.ts'
import { DeliveredIds } from './delivered-ids.ts'
import { outboxError } from './errors.ts'
import type { OpenFile } from './file.ts'
import { FileSize } from './file-size.ts'
import { Lanes } from './lanes.ts'
import type { NodeModules } from './node-modules.ts'
import { rollback } from './schema.ts'

/** One call, to be carried out with others in one transaction. */
export interface Work {
  /** It adds to what is kept, and is the first to be refused where there is no space. */
  readonly adds?: true
  /**
   * Its answer promises what not even a failure of the power undoes, so the disk has to confirm it. What only tells how an
   * attempt ended need not wait for that: if it is lost, the event is sent once more.
   */
  readonly lasts?: true
  /** It takes out what calls before it have added, and must not be carried out ahead of them. */
  readonly takesOut?: true
  /** It changes nothing in the file. */
  readonly reads?: true
  run(tables: Tables): unknown
  /** Does in memory what cannot be written now. @returns its answer */
  remember?(tables: Tables): unknown
}

/** The rows of an outbox, as a call sees them. */
export interface Tables {
  readonly lanes: Lanes
  readonly dead: DeadLetters
  readonly deliveredIds: DeliveredIds
  readonly size: FileSize
}

export interface Failure {
  readonly error: unknown
  /** True if what was added went beyond the limit of the file: its disk may have space. */
  readonly isOfLimit?: boolean
}

/** The end of one call. */
export type Outcome = { readonly answer: unknown } | Failure

export interface StoreLimits {
  maxBytes: number
  rememberedIds: number
  rememberMs: number
}

/**
 * Carries out calls in one transaction. What it has changed is true once the names of the files, looked at before and
 * after, still lead to what was opened:
 *
 * | state     | becomes   | when                                                                                   |
 * |-----------|-----------|----------------------------------------------------------------------------------------|
 * | none      | begun     | the files are in place, the log is sound, and no other owner has come                  |
 * | begun     | committed | every call was carried out: those that last wait for the disk                          |
 * | committed | none      | the files stayed in place; else what lasts is refused, and the rest is not done again  |
 * | begun     | none      | anything fails: it is taken back, in memory too                                        |
 */
export class Transactions implements Tables {
  readonly lanes: Lanes
  readonly dead: DeadLetters
  readonly deliveredIds: DeliveredIds
  readonly size: FileSize
  readonly #modules: NodeModules
  readonly #file: OpenFile
  readonly #now: () => number
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #isConfirmed = true

  constructor(modules: NodeModules, file: OpenFile, now: () => number, limits: StoreLimits) {
    const { db } = file
    this.#modules = modules
    this.#file = file
    this.#now = now
    this.#begin = db.prepare('BEGIN')
    this.#commit = db.prepare('COMMIT')
    this.size = new FileSize(db, limits.maxBytes)
    this.deliveredIds = new DeliveredIds(db, limits.rememberedIds, limits.rememberMs)
    this.dead = new DeadLetters(db)
    this.lanes = new Lanes(db, now, this.deliveredIds, this.dead)
  }

  /** Carries out all of them, or none. `isTight` while the log is to be short, because the disk was full. */
  run(works: readonly Work[], isTight: boolean): Outcome[] | Failure {
    const lasts = works.some((work) => work.lasts)
    const writes = works.some((work) => !work.reads)
    let outcomes: Outcome[]
    this.lanes.begin()
    this.deliveredIds.begin()
    try {
      this.#file.assertInPlace(lasts)
      if (lasts) this.#file.log?.assertSound()
      this.#confirm(lasts)
      this.#begin.run()
      this.#file.assertOwned(writes)
      outcomes = works.map((work) => this.#runOne(work))
      this.size.limit(false)
      this.deliveredIds.prune(this.#now())
      // Those that only add free nothing, and fill what is free.
      if (writes && !isTight && works.some((work) => !work.adds)) this.size.giveBack()
      this.#commit.run()
    } catch (thrown) {
      return this.#takeBack(thrown)
    }
    return writes ? this.#committed(works, outcomes, lasts, isTight) : outcomes
  }

  #runOne(work: Work): Outcome {
    this.size.limit(work.adds ?? false)
    return { answer: work.run(this) }
  }

  #committed(works: readonly Work[], outcomes: Outcome[], lasts: boolean, isTight: boolean): Outcome[] {
    const { log } = this.#file
    try {
      if (lasts) this.#file.assertStayed()
      else log?.measure()
    } catch (thrown) {
      const lost = this.#failure(thrown)
      return outcomes.map((outcome, index) => (works[index]?.lasts ? lost : outcome))
    }
    log?.keepShort(isTight)
    return outcomes
  }

  #takeBack(thrown: unknown): Failure {
    rollback(this.#file.db)
    this.lanes.rollback()
    this.#file.log?.doubt(thrown)
    return { ...this.#failure(thrown), isOfLimit: this.size.isLimited }
  }

  #failure(thrown: unknown): Failure {
    return { error: outboxError(thrown, this.#file.path, this.#modules) }
  }

  /**
   * Lets the next commit wait for the disk, or not. One that does confirms all before it, and the file is sound either way.
   *
   * @see https://sqlite.org/pragma.html#pragma_synchronous
   */
  #confirm(isConfirmed: boolean): void {
    if (this.#isConfirmed === isConfirmed) return
    this.#file.db.exec(`PRAGMA synchronous = ${isConfirmed ? 'FULL' : 'NORMAL'}`)
    this.#isConfirmed = isConfirmed
  }
}
