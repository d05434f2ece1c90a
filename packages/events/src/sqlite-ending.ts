import type { DatabaseSync } from 'node:sqlite'
import { OutboxError } from './errors.ts'
import type { NodeModules } from './sqlite-module.ts'
import type { Loss, SqliteNames } from './sqlite-names.ts'
import { checkpoint, isEmpty, RescuedCopy } from './sqlite-rescue.ts'

const uses = { database: 'database', log: 'log', index: 'index of its log', owner: 'sign of its owner' } as const

/** The end of an outbox whose files are no longer what its owner opened. What was acknowledged is saved at once. */
export class Ending {
  readonly #db: DatabaseSync
  readonly #names: SqliteNames
  readonly #loss: Loss
  readonly #copy: RescuedCopy | undefined
  readonly #error: OutboxError

  constructor(fs: NodeModules['fs'], db: DatabaseSync, names: SqliteNames, loss: Loss, path: string) {
    this.#db = db
    this.#names = names
    this.#loss = loss
    let saved = ''
    let cause: unknown
    try {
      this.#copy = this.#save(fs)
      if (this.#copy) saved = ` What was stored there is in ${this.#copy.path}, an outbox of its own.`
    } catch (thrown) {
      cause = thrown
      saved = ' What was stored there could not be saved beside it: the cause says why.'
    }
    this.#error = new OutboxError('moved', `${sentence(loss, path)}${saved}`, cause)
  }

  /** A database that is gone still delivers what was in it: nobody else has that. */
  assert(isNew: boolean): void {
    if (isNew || this.#loss.what !== 'database') throw this.#error
  }

  /** Before the connection is closed. */
  close(): void {
    if (this.#loss.what === 'database') this.#copy?.renew()
    else if (this.#names.hasOtherLog()) this.#names.emptyLog()
  }

  /** @returns the copy, where what was acknowledged could not stay in its place */
  #save(fs: NodeModules['fs']): RescuedCopy | undefined {
    const { what, isCut } = this.#loss
    if (what === 'owner') return
    const isOurs = what !== 'database' && !this.#names.hasOtherLog()
    if (isOurs && !isCut && this.#isMoved()) return
    if (isEmpty(this.#db)) return
    const copy = new RescuedCopy(fs, this.#db, this.#names.path)
    if (!isOurs || !isCut) return copy
    copy.moveTo(this.#names.path)
    return
  }

  #isMoved(): boolean {
    try {
      return checkpoint(this.#db)
    } catch {
      return false
    }
  }
}

function sentence({ what, path }: Loss, outbox: string): string {
  if (what === 'database') {
    return `The outbox ${outbox} was deleted or replaced while it was in use. Restart this process; what it had stored there before it still delivers while it runs.`
  }
  return `The outbox ${outbox} lost its ${uses[what]}: ${path} was deleted, replaced or cut while it was in use. Restart this process; only then what was stored is delivered.`
}
