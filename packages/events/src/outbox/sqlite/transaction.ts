import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'
import type { Outcome } from './group-commit.ts'
import { elapsedTime, soon } from '../../platform/platform.ts'
import { SqliteDeadLetters } from './dead-letters.ts'
import { LogErasure } from './erasure.ts'
import type { SqliteFile } from './file.ts'
import { SqliteLanes } from './lanes.ts'
import { Leases } from './claims.ts'
import { SqliteLog } from './log.ts'
import { patiently } from './patience.ts'
import { isCommon, unwrittenError } from './errors.ts'
import { rollback } from './schema.ts'
import { SqliteSeen } from './delivered-ids.ts'
import { SqliteSpace } from './file-size.ts'

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
  /** It changes nothing in the file. */
  readonly reads?: true
  /** Does in memory what cannot be written now. @returns its answer */
  remember?(store: SqliteStore): unknown
}

interface Failure {
  readonly error: unknown
}

export interface StoreLimits {
  maxBytes: number
  rememberedIds: number
}

/** The wait before what is remembered is written, unless there is another call before. */
const againMs = 1_000
/** Of how many lanes and ends that are ahead of the file one commit brings it up to date. */
const stepSize = 500
/** The time for which it is not tried again, after that failed, for what does not need it. */
const recoverMs = 250
/** The time for which the log is kept small after the disk was full. */
const tightMs = 60_000

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
  readonly #erasure: LogErasure
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #isConfirmed = true
  /** Why nothing may be added: the disk was full, and the log, which takes what becomes free, is not in the file yet. */
  #full: Failure | undefined
  /** Until when the log is kept small. */
  #tightUntil = 0
  /** When to take up again what could not be done. */
  #recoversAt = 0

  constructor(db: DatabaseSync, file: SqliteFile, now: () => number, { maxBytes, rememberedIds }: StoreLimits) {
    this.#db = db
    this.#file = file
    this.#now = now
    this.#begin = db.prepare('BEGIN')
    this.#commit = db.prepare('COMMIT')
    this.#log = new SqliteLog(db, file)
    this.#space = new SqliteSpace(db, maxBytes)
    this.#erasure = new LogErasure(() => this.#emptyLog().isEmpty)
    this.#seen = new SqliteSeen(db, rememberedIds)
    this.dead = new SqliteDeadLetters(db)
    this.lanes = new SqliteLanes(db, now, this.#leases, this.#seen, this.dead)
  }

  /** When there is something to do at the latest, whatever is in the file. */
  get dueInMs(): number {
    return this.lanes.ahead.isEmpty ? Infinity : againMs
  }

  /**
   * All in one transaction; where that fails, as many of them as can be carried out. Where `mayWait` and another program
   * holds the file, nothing is carried out, and the answer is undefined.
   */
  carryOut(works: readonly Work[], mayWait: boolean): Outcome[] | undefined {
    if (this.#tightUntil > 0 && this.#now() >= this.#tightUntil) this.#tightUntil = 0
    if (this.#isBehind) this.#recover(works.some(({ lasts }) => lasts))
    const outcomes = this.#isBehind ? this.#carryOutBehind(works, mayWait) : this.#carryOut(works, mayWait)
    return outcomes?.map((outcome, index) => this.#remembered(works[index] as Work, outcome))
  }

  /** Sees to it that the write-ahead log, in which what was erased still stands, is emptied as soon as that is possible. */
  eraseLog(): void {
    this.#erasure.start()
  }

  /** Leases end here, and the file takes no more room than it needs. @throws where it does not know what was delivered */
  async close(): Promise<void> {
    this.#erasure.stop()
    const error = await this.#writeAll()
    const { ends } = this.lanes.ahead
    this.#file.close(this.#db, () => {
      this.#log.fill()
      this.#space.giveBackAll()
    })
    if (error && ends > 0) throw unwrittenError(error, this.#file.path, ends)
  }

  /** Tells whether the file lacks what memory knows, so that ends have to follow one another there. */
  get #isBehind(): boolean {
    return this.#full !== undefined || !this.lanes.ahead.isEmpty
  }

  /** Ends of attempts go the way of those before them, and nothing is added to a full disk. */
  #carryOutBehind(works: readonly Work[], mayWait: boolean): Outcome[] | undefined {
    const full = this.#full
    const isWritten = (work: Work): boolean => (work.adds ? full === undefined : work.remember === undefined)
    const written = works.filter((work) => isWritten(work))
    const outcomes = written.length > 0 ? this.#carryOut(written, mayWait) : []
    let next = 0
    return outcomes && works.map((work) => (isWritten(work) ? outcomes[next++] : full) ?? behind)
  }

  #remembered(work: Work, outcome: Outcome): Outcome {
    if (work.remember === undefined || !('error' in outcome)) return outcome
    const mayBeWritten = outcome === behind || (isCommon(outcome.error) && !hasMoved(outcome))
    return mayBeWritten ? { answer: work.remember(this) } : outcome
  }

  #carryOut(works: readonly Work[], mayWait: boolean): Outcome[] | undefined {
    const outcome = this.#tryAll(works)
    if (Array.isArray(outcome)) return outcome
    if (isHeld(outcome)) return mayWait ? undefined : works.map((work) => this.#readAlone(work, outcome))
    this.#makeRoom(outcome)
    // What adds comes last, so that what frees has been done. Each alone, so that it fails for reasons of its own.
    const outcomes = works.map((): Outcome => outcome)
    const again = [...works.entries()].toSorted(([, a], [, b]) => Number(a.adds ?? 0) - Number(b.adds ?? 0))
    let refused: Outcome | undefined = this.#full
    for (const [index, work] of again) {
      const alone: Outcome = work.adds && refused ? refused : this.#alone(work)
      outcomes[index] = alone
      if (work.adds && 'error' in alone && isCommon(alone.error)) refused = alone
    }
    return outcomes
  }

  #alone(work: Work): Outcome {
    const outcome = this.#tryAll([work])
    return Array.isArray(outcome) ? (outcome[0] as Outcome) : outcome
  }

  /** Carries out what only reads: whoever writes keeps nobody from that. */
  #readAlone(work: Work, held: Failure): Outcome {
    return work.reads ? this.#alone(work) : held
  }

  /**
   * Takes up again what could not be done: first the log moves into the file, then the file learns what memory knows. To try
   * that in vain costs much, so only what is to last has it done each time.
   */
  #recover(isUrgent: boolean): void {
    if (!isUrgent && elapsedTime() < this.#recoversAt) return
    if (this.#full && this.#emptyLog().isMoved) this.#full = undefined
    const failure = this.#full ?? (this.lanes.ahead.isEmpty ? undefined : this.#writeAhead())
    this.#recoversAt = failure ? elapsedTime() + recoverMs : 0
  }

  /** Writes some of what memory knows. */
  #writeAhead(): Failure | undefined {
    let written: string[] = []
    const outcome = this.#tryAll([{ run: ({ lanes }) => (written = lanes.writeAhead(stepSize)) }])
    if (Array.isArray(outcome)) for (const customerId of written) this.lanes.ahead.delete(customerId)
    else this.#makeRoom(outcome)
    return Array.isArray(outcome) ? undefined : outcome
  }

  /** Writes all that memory knows, a step a turn, as far as waiting for another program helps. @returns why not all */
  async #writeAll(): Promise<unknown> {
    let held: unknown
    const step = (): { failure?: Failure } | undefined => {
      const failure = this.#writeAhead()
      held = failure?.error
      return failure === undefined ? {} : isHeld(failure) ? undefined : { failure }
    }
    while (!this.lanes.ahead.isEmpty) {
      const ended = step() ?? (await patiently(step))
      if (ended === undefined || ended.failure) return held
      await new Promise<void>(soon)
    }
    return undefined
  }

  #tryAll(works: readonly Work[]): Outcome[] | Failure {
    this.#leases.begin()
    const lasts = works.some((work) => work.lasts)
    const writes = works.some((work) => !work.reads)
    this.#seen.begin()
    this.lanes.ahead.begin()
    let outcomes: Outcome[]
    try {
      this.#file.assertInPlace(this.#db, lasts)
      if (lasts) this.#log.assertSound()
      this.#confirm(lasts)
      this.#begin.run()
      this.#file.assertOwned(this.#db, writes)
      outcomes = works.map((work) => this.#run(work))
      this.#space.limit(false)
      this.#seen.prune(this.#now())
      if (this.#tightUntil === 0 && writes) this.#space.giveBack()
      this.#commit.run()
    } catch (thrown) {
      rollback(this.#db)
      this.#leases.rollback()
      this.lanes.ahead.rollback()
      this.#log.doubt(thrown)
      return { error: this.#file.errorOf(thrown) }
    }
    return writes ? this.#committed(works, outcomes, lasts) : outcomes
  }

  /** Keeps what was committed: where files are lost by now, it is not done again, and what lasts not acknowledged. */
  #committed(works: readonly Work[], outcomes: Outcome[], lasts: boolean): Outcome[] {
    let logLength: number
    try {
      logLength = lasts ? this.#file.assertStayed(this.#db) : this.#file.measureLog()
    } catch (thrown) {
      const lost = { error: this.#file.errorOf(thrown) }
      return outcomes.map((outcome, index) => (works[index]?.lasts ? lost : outcome))
    }
    this.#log.keepShort(logLength, this.#tightUntil > 0)
    return outcomes
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

  #makeRoom(failure: Failure): void {
    if (!(failure.error instanceof OutboxError) || failure.error.problem !== 'full') return
    this.#tightUntil = this.#now() + tightMs
    this.#full = this.#emptyLog().isMoved ? undefined : failure
    try {
      this.#begin.run()
      this.#seen.makeRoom()
      this.#commit.run()
      this.#file.measureLog()
    } catch (thrown) {
      rollback(this.#db)
      this.#log.doubt(thrown)
    }
  }

  #emptyLog(): { isMoved: boolean; isEmpty: boolean } {
    try {
      this.#log.fill()
      const emptied = this.#space.emptyLog()
      this.#file.measureLog()
      return emptied
    } catch (thrown) {
      this.#log.doubt(thrown)
      return { isMoved: false, isEmpty: false }
    }
  }
}

/** The outcome in whose place memory acts. */
const behind: Failure = { error: undefined }

/** Tells whether what is in the file now is not this owner's. */
function hasMoved({ error }: Failure): boolean {
  return error instanceof OutboxError && error.problem === 'moved'
}

/** Another program holds the file. */
function isHeld({ error }: Failure): boolean {
  return error instanceof OutboxError && error.problem === 'busy'
}
