import { ConfigurationError } from '../../errors/errors.ts'
import { browser, type IdbDatabase, type IdbTransaction } from './browser.ts'
import { isClosed, outboxError } from './errors.ts'
import { create, type IdentityRow, stores, version } from './schema.ts'
import { asked, Tables } from './tables.ts'

/**
 * The connection to a database, which is opened when it is needed.
 *
 * | state  | becomes | when                                                                             |
 * |--------|---------|----------------------------------------------------------------------------------|
 * | closed | open    | a transaction is asked for                                                       |
 * | open   | closed  | another page deletes the database or brings it to a newer version; the user clears the site's data; `close` |
 */
export class Database {
  readonly #name: string
  readonly #replaced: () => void
  #opening: Promise<IdbDatabase> | undefined
  #db: IdbDatabase | undefined
  #identity: string | undefined

  /** @param replaced is called where what was stored is gone, since the database was deleted and made anew */
  constructor(name: string, replaced: () => void) {
    this.#name = name
    this.#replaced = replaced
  }

  open(): Promise<unknown> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Carries out what `use` asks for in one transaction. Resolves once that is complete; all of it is done, or nothing. */
  async transact<T>(mode: 'readonly' | 'readwrite', lasts: boolean, use: (tables: Tables) => Promise<T>): Promise<T> {
    const transaction = await this.#begin(mode, { durability: lasts ? 'strict' : 'relaxed' })
    const complete = completionOf(transaction)
    try {
      const answer = await use(new Tables(transaction))
      harmlesslyDo(() => transaction.commit?.())
      await complete
      return answer
    } catch (thrown) {
      harmlesslyDo(() => transaction.abort())
      await complete.catch(() => undefined)
      // The transaction knows why it failed, the request perhaps only that it did.
      throw outboxError(transaction.error ?? thrown, this.#name)
    }
  }

  close(): void {
    this.#db?.close()
    this.#lost()
  }

  async #begin(mode: 'readonly' | 'readwrite', options: object): Promise<IdbTransaction> {
    await this.open()
    try {
      return (this.#db as IdbDatabase).transaction(stores, mode, options)
    } catch (thrown) {
      // It was closed, and nobody has said so.
      if (!isClosed(thrown) && this.#db !== undefined) throw outboxError(thrown, this.#name)
      this.close()
      await this.open()
      return (this.#db as unknown as IdbDatabase).transaction(stores, mode, options)
    }
  }

  async #open(): Promise<IdbDatabase> {
    try {
      const db = await this.#connect()
      db.addEventListener('versionchange', () => this.close())
      db.addEventListener('close', () => this.#lost())
      this.#db = db
      await this.#identify(db)
      return db
    } catch (thrown) {
      this.close()
      throw outboxError(thrown, this.#name, true)
    }
  }

  async #connect(): Promise<IdbDatabase> {
    const { indexedDB } = browser
    if (!indexedDB) {
      throw new ConfigurationError(
        'indexedDbOutbox: this run time has no indexedDB. Use it in a page or a worker of a browser, or make the tracker without an outbox.',
      )
    }
    const request = indexedDB.open(this.#name, version)
    request.addEventListener('upgradeneeded', () => create(request.result))
    const db = await asked(request)
    if (stores.every((store) => db.objectStoreNames.contains(store))) return db
    db.close()
    throw Object.assign(new Error('It has other object stores.'), { name: 'NotFoundError' })
  }

  async #identify(db: IdbDatabase): Promise<void> {
    const row = (await asked(
      db.transaction(['meta'], 'readonly', {}).objectStore('meta').get('identity'),
    )) as IdentityRow
    const before = this.#identity
    this.#identity = row.value
    if (before !== undefined && before !== row.value) this.#replaced()
  }

  #lost(): void {
    this.#db = undefined
    this.#opening = undefined
  }
}

function completionOf(transaction: IdbTransaction): Promise<void> {
  const complete = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('It was aborted.')))
  })
  // It may be aborted while its requests are still waited for.
  complete.catch(() => undefined)
  return complete
}

/** Ends a transaction that may have ended by itself. */
function harmlesslyDo(end: () => void): void {
  try {
    end()
  } catch {
    // It had.
  }
}
