import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { running } from '../machine/clock.ts'

/** The fate of the statements of one process. */
export interface SqlFaults {
  /** All of them so far. */
  statements: number
  /** Statements that fail: those of these numbers, by this code of SQLite's. */
  failing: { from: number; to: number; errcode: number } | undefined
  /** Tells that a statement has failed, of itself or because it was made to. */
  failed(): void
  /** Nothing can be written. */
  isDiskFull: boolean
  /** The statement in which the process dies. */
  diesAt: number | undefined
  die(): void
  readonly open: Set<DatabaseSync>
}

interface WithFaults {
  readonly sqlFaults?: SqlFaults
}

type Row = ReturnType<StatementSync['get']>
type Values = Parameters<StatementSync['run']>

/** Statements that a disk without space refuses. */
const writes = /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|PRAGMA (user_version|application_id) =)/i

/** The database as the process uses it whose code is running: its statements can fail, or be its last. */
export class FaultyDatabase extends DatabaseSync {
  #hasWritten = false
  readonly #faults: SqlFaults | undefined

  constructor(...given: ConstructorParameters<typeof DatabaseSync>) {
    super(...given)
    this.#faults = (running.getStore() as WithFaults | undefined)?.sqlFaults
    this.#faults?.open.add(this)
  }

  override exec(sql: string): void {
    this.#try(sql, () => super.exec(sql))
  }

  override prepare(sql: string): StatementSync {
    const statement = this.#note(() => super.prepare(sql))
    const faulty = {
      get: (...values: Values): Row => this.#try(sql, () => statement.get(...values)),
      all: (...values: Values) => this.#try(sql, () => statement.all(...values)),
      run: (...values: Values) => this.#try(sql, () => statement.run(...values)),
      iterate: (...values: Values) => this.#try(sql, () => statement.iterate(...values)),
    }
    return faulty as unknown as StatementSync
  }

  override close(): void {
    this.#faults?.open.delete(this)
    super.close()
  }

  #try<T>(sql: string, run: () => T): T {
    return this.#note(() => {
      this.#before(sql)
      return run()
    })
  }

  #note<T>(run: () => T): T {
    try {
      return run()
    } catch (thrown) {
      this.#faults?.failed()
      throw thrown
    }
  }

  #before(sql: string): void {
    const faults = this.#faults
    if (faults === undefined) return
    const number = faults.statements++
    if (number === faults.diesAt) faults.die()
    const { failing } = faults
    if (/^\s*BEGIN/i.test(sql)) this.#hasWritten = false
    if (/^\s*ROLLBACK/i.test(sql)) return
    if (writes.test(sql)) this.#hasWritten = true
    if (failing && number >= failing.to) faults.failing = undefined
    if (failing && number >= failing.from && number < failing.to) throw failed(failing.errcode)
    if (faults.isDiskFull && this.#hasWritten && /^\s*COMMIT/i.test(sql)) throw failed(full)
  }
}

const full = 13

/** As node:sqlite fails. */
function failed(errcode: number): Error {
  return Object.assign(new Error('a statement failed in the world'), { code: 'ERR_SQLITE_ERROR', errcode })
}
