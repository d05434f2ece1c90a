import type { DatabaseSync } from 'node:sqlite'
import { OutboxError } from './errors.ts'
import type { NodeModules } from './sqlite-module.ts'
import type { Loss, SqliteNames } from './sqlite-names.ts'
import type { Fence } from './sqlite-fence.ts'
import { checkpoint, isEmpty, RescuedCopy } from './sqlite-rescue.ts'

const uses = { log: 'log', index: 'index of its log', owner: 'sign of its owner' } as const

/** The end of an outbox whose files are no longer what its owner opened. What was acknowledged is saved at once. */
export class Ending {
  readonly #db: DatabaseSync
  readonly #names: SqliteNames
  readonly #loss: Loss
  readonly #copy: RescuedCopy | undefined
  readonly #error: OutboxError
  /** Whether somebody else has written, whom closing the connection must not disturb. */
  readonly #isSuperseded: boolean

  constructor(modules: NodeModules, db: DatabaseSync, names: SqliteNames, fence: Fence, loss: Loss, path: string) {
    this.#db = db
    this.#names = names
    this.#loss = loss
    this.#isSuperseded = names.hasOtherLog() || (loss.what !== 'database' && fence.isRaisedIn(modules.fs, names.path))
    let saved = ''
    let cause: unknown
    try {
      this.#copy = this.#save(modules)
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
    else if (this.#isLogLost && (this.#isSuperseded || this.#names.hasOtherLog())) this.#names.emptyLog()
  }

  /** @returns the copy, where what was acknowledged could not stay in its place */
  #save(modules: NodeModules): RescuedCopy | undefined {
    const { what, isCut } = this.#loss
    if (what !== 'database' && !this.#isLogLost) return
    const isOurs = what !== 'database' && !this.#isSuperseded
    if (isOurs && !isCut && this.#isMoved()) return
    if (isEmpty(this.#db)) return
    const copy = new RescuedCopy(modules, this.#db, this.#names.path, this.#isSuperseded)
    if (!isOurs || !isCut) return copy
    copy.moveTo(this.#names.path)
    return
  }

  /** Whether what was acknowledged may be in no file that has a name. */
  get #isLogLost(): boolean {
    return this.#loss.what === 'log' || this.#loss.what === 'index'
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
  if (what === 'ownership') {
    return `The outbox ${outbox} was taken over by another tracker while it was in use here, so that its locks do not hold: never open or copy its files in the program that owns them, and keep them on a local disk. Restart this process once the other one has ended.`
  }
  return `The outbox ${outbox} lost its ${uses[what]}: ${path} was deleted, replaced or cut while it was in use. Restart this process; only then what was stored is delivered.`
}
