import type { DatabaseSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'
import type { NodeModules } from './node-modules.ts'
import type { Loss, SqliteNames } from './file-names.ts'
import type { Fence } from './fence.ts'
import { checkpoint, isEmpty, RescuedCopy } from './rescue.ts'

const uses = { log: 'log', index: 'index of its log', owner: 'sign of its owner' } as const

/** The end of an outbox whose files are no longer what its owner opened. What was acknowledged is saved at once. */
export class Ending {
  readonly #db: DatabaseSync
  readonly #names: SqliteNames
  readonly #loss: Loss
  readonly #copy: RescuedCopy | undefined
  readonly #error: OutboxError
  /** Tells whether somebody else has written, or may have, whom closing the connection must not disturb. */
  #isSuperseded = true
  /** Tells whether a call was answered with it. */
  #isTold = false

  constructor(modules: NodeModules, db: DatabaseSync, names: SqliteNames, fence: Fence, loss: Loss, path: string) {
    this.#db = db
    this.#names = names
    this.#loss = loss
    let saved = ''
    let cause: unknown
    try {
      this.#copy = this.#save(modules, fence)
      if (this.#copy) saved = ` What was stored there is in ${this.#copy.path}, an outbox of its own.`
    } catch (thrown) {
      cause = thrown
      saved = ' What was stored there could not be saved beside it, for the reason that the cause names'
      saved += loss.what === 'database' ? ': let this process deliver it first, else it is lost.' : '.'
    }
    this.#error = new OutboxError('moved', `${sentence(loss, path)}${saved}`, cause)
  }

  /** A database that is gone still delivers what was in it: nobody else has that. */
  assert(isNew: boolean): void {
    if (!isNew && this.#loss.what === 'database') return
    this.#isTold = true
    throw this.#error
  }

  /** @throws where what was acknowledged is no longer in its place, and no call was told so */
  assertTold(): void {
    const isElsewhere = this.#copy?.isThere || this.#error.cause !== undefined
    if (isElsewhere && !this.#isTold) throw this.#error
  }

  /** Before the connection is closed. */
  close(): void {
    if (this.#loss.what === 'database') this.#copy?.renew()
    else if (this.#isSuperseded || this.#names.hasOtherLog()) this.#names.emptyLostLog()
  }

  /** @returns the copy, where what was acknowledged could not stay in its place */
  #save(modules: NodeModules, fence: Fence): RescuedCopy | undefined {
    const { what, isCut = false } = this.#loss
    if (what === 'ownership') return undefined
    const isGone = what === 'database'
    this.#isSuperseded = this.#names.hasOtherLog() || (!isGone && fence.isRaisedIn(modules.fs, this.#names.path))
    // The other one has used the same log: it has all that is in it.
    if (!isGone && fence.isRaised()) return undefined
    const isOurs = !isGone && !this.#isSuperseded
    if (isOurs && !isCut && this.#isMoved()) return undefined
    // Without them what is in the log is still found.
    if (what === 'owner' || what === 'index' || isEmpty(this.#db)) return undefined
    const copy = new RescuedCopy(modules, this.#db, this.#names.path, this.#isSuperseded)
    if (!isOurs || !isCut) return copy
    copy.moveTo(this.#names.path)
    return undefined
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
