import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OutboxError } from './errors.ts'
import type { Outcome } from './group-commit.ts'
import { SqliteDeadLetters } from './sqlite-dead-letters.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { SqliteLanes } from './sqlite-lanes.ts'
import { Leases } from './sqlite-leases.ts'
import { SqliteLog } from './sqlite-log.ts'
import { isCommon } from './sqlite-problems.ts'
import { rollback } from './sqlite-schema.ts'
import { SqliteSeen } from './sqlite-seen.ts'
import { SqliteSpace } from './sqlite-space.ts'

/** One call, to be carried out with others in one transaction. */
export interface Work {
  /** It adds to what is kept, and is the first to be refused where there is no room. */
  readonly adds?: true
  /**
   * Its answer promises what not even a failure of the power undoes, so the disk has to confirm it. What only tells how an
   * attempt ended need not wait for that: if it is lost, the event is sent once more.
   */
  readonly lasts?: true
  run(store: SqliteStore): unknown
  /** It could not be carried out now, and is tried again until it can. */
  postponed?(store: SqliteStore): void
}

export interface StoreLimits {
  maxBytes: number
  rememberedIds: number
}

/** How long to wait before what was postponed is tried again, unless there is another call before. */
const againMs = 1_000

/** An open file, and what is in it. */
export class SqliteStore {
  readonly lanes: SqliteLanes
  readonly dead: SqliteDeadLetters
  readonly #db: DatabaseSync
  readonly #file: SqliteFile
  readonly #now: () => number
  readonly #leases = new Leases()
  readonly #seen: SqliteSeen
  readonly #space: SqliteSpace
  readonly #log: SqliteLog
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #postponed: Work[] = []
  #isConfirmed = true

  constructor(db: DatabaseSync, file: SqliteFile, now: () => number, { maxBytes, rememberedIds }: StoreLimits) {
    this.#db = db
    this.#file = file
    this.#now = now
    this.#begin = db.prepare('BEGIN')
    this.#commit = db.prepare('COMMIT')
    this.#log = new SqliteLog(db, file.path)
    this.#space = new SqliteSpace(db, maxBytes)
    this.#seen = new SqliteSeen(db, rememberedIds)
    this.dead = new SqliteDeadLetters(db)
    this.lanes = new SqliteLanes(db, now, this.#leases, this.#seen, this.dead)
  }

  /** When there is something to do at the latest, whatever is in the file. */
  get dueInMs(): number {
    return this.#postponed.length > 0 ? againMs : Infinity
  }

  /** All in one transaction; where that fails, as many of them as can be carried out. */
  carryOut(works: readonly Work[]): Outcome[] {
    this.#carryOutPostponed()
    const outcomes = this.#carryOut(works)
    for (const [index, outcome] of outcomes.entries()) {
      const work = works[index] as Work
      if (work.postponed === undefined || !('error' in outcome) || !isCommon(outcome.error)) continue
      work.postponed(this)
      this.#postponed.push(work)
    }
    return outcomes
  }

  #carryOut(works: readonly Work[]): Outcome[] {
    const outcome = this.#tryAll(works)
    if (Array.isArray(outcome)) return outcome
    this.#makeRoom(outcome.error)
    // What adds comes last, so that what frees has been done. Each alone, so that it fails for reasons of its own.
    const outcomes = works.map((): Outcome => outcome)
    const again = [...works.entries()].toSorted(([, a], [, b]) => Number(a.adds ?? 0) - Number(b.adds ?? 0))
    let refused: Outcome | undefined
    for (const [index, work] of again) {
      const [alone] = work.adds && refused ? [refused] : (this.#each([work]) as [Outcome])
      outcomes[index] = alone
      if (work.adds && 'error' in alone && isCommon(alone.error)) refused = alone
    }
    return outcomes
  }

  /** What was erased stands in the write-ahead log until that is written anew. */
  truncateLog(): void {
    try {
      this.#space.truncateLog()
    } catch (thrown) {
      // Somebody reads it: it goes when the outbox is closed.
      this.#log.doubt(thrown)
    }
  }

  /** Leases end here, and the file takes no more room than it needs. */
  close(): void {
    this.#carryOutPostponed()
    this.#file.close(this.#db, () => this.#space.giveBackAll())
  }

  #carryOutPostponed(): void {
    const works = this.#postponed
    if (works.length > 0 && Array.isArray(this.#tryAll(works))) this.#postponed = []
  }

  #each(works: readonly Work[]): Outcome[] {
    const outcome = this.#tryAll(works)
    return Array.isArray(outcome) ? outcome : works.map(() => outcome)
  }

  #tryAll(works: readonly Work[]): Outcome[] | { error: unknown } {
    this.#leases.begin()
    const lasts = works.some((work) => work.lasts)
    try {
      this.#file.assertInPlace(this.#db, lasts)
      if (lasts) this.#log.assertSound()
      this.#confirm(lasts)
      this.#begin.run()
      this.#file.assertOwned(this.#db)
      const outcomes = works.map((work) => this.#run(work))
      this.#space.limit(false)
      this.#seen.prune(this.#now())
      this.#space.giveBack()
      this.#commit.run()
      const logLength = this.#file.measureLog()
      if (lasts) this.#file.assertStayed(this.#db)
      this.#log.keepShort(logLength)
      return outcomes
    } catch (thrown) {
      rollback(this.#db)
      this.#leases.rollback()
      this.#log.doubt(thrown)
      return { error: this.#file.errorOf(thrown) }
    }
  }

  /**
   * Whether the next commit waits for the disk. One that does confirms all before it, and the file is sound either way.
   *
   * @see https://sqlite.org/pragma.html#pragma_synchronous
   */
  #confirm(isConfirmed: boolean): void {
    if (this.#isConfirmed === isConfirmed) return
    this.#db.exec(`PRAGMA synchronous = ${isConfirmed ? 'FULL' : 'NORMAL'}`)
    this.#isConfirmed = isConfirmed
  }

  #run(work: Work): Outcome {
    this.#space.limit(work.adds ?? false)
    return { answer: work.run(this) }
  }

  #makeRoom(error: unknown): void {
    if (!(error instanceof OutboxError) || error.problem !== 'full') return
    try {
      this.#space.reuseLog()
      this.#begin.run()
      this.#seen.makeRoom()
      this.#commit.run()
    } catch (thrown) {
      rollback(this.#db)
      this.#log.doubt(thrown)
    }
  }
}
