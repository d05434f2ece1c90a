import { sender } from './network.ts'
import { customers, databaseName } from './protocol.ts'

/** An event that waits in the outbox. */
export interface StoredEvent {
  readonly id: string
  readonly number: number
}

/** The lane of a customer, as it is on the disk. */
export interface StoredLane {
  readonly customerId: string
  /** The oldest first. */
  readonly events: readonly StoredEvent[]
  /** Attempts that were made at the oldest one. */
  readonly attempts: number
  /** The moment from which it may be tried again: time of day, in milliseconds; undefined where it may at any. */
  readonly due: number | undefined
}

/** The part of an entry's row that is shown. */
interface Row {
  readonly seq: number
  readonly id: string
  readonly customerId: string
  readonly body: string
}
interface TriedRow {
  readonly customerId: string
  readonly head: number
  readonly due: number
  readonly attempts: number
}

/** Reads the outbox of the playground in IndexedDB: what is there is shown also while no tab is open. It writes nothing. */
export class StoredLanes {
  #database: IDBDatabase | undefined

  async read(): Promise<readonly StoredLane[]> {
    const database = await this.#open()
    if (database === undefined) return customers.map((customerId) => laneOf(customerId, [], []))
    const transaction = database.transaction(['entry', 'lane'])
    const [rows, tried] = await Promise.all([
      answered<Row[]>(transaction.objectStore('entry').getAll()),
      answered<TriedRow[]>(transaction.objectStore('lane').getAll()),
    ])
    return customers.map((customerId) => laneOf(customerId, rows, tried))
  }

  /** The database, unless no tracker has made it yet. */
  async #open(): Promise<IDBDatabase | undefined> {
    if (this.#database !== undefined) return this.#database
    const request = indexedDB.open(databaseName)
    // Only the tracker makes it: without a table it would be none of its own.
    request.addEventListener('upgradeneeded', () => request.transaction?.abort())
    const database = await answered(request).catch(() => undefined)
    database?.addEventListener('versionchange', () => this.#close())
    database?.addEventListener('close', () => (this.#database = undefined))
    this.#database = database
    return database
  }

  #close(): void {
    this.#database?.close()
    this.#database = undefined
  }
}

function laneOf(customerId: string, rows: readonly Row[], tried: readonly TriedRow[]): StoredLane {
  const own = rows.filter((row) => row.customerId === customerId).toSorted((a, b) => a.seq - b.seq)
  const head = tried.find((row) => row.customerId === customerId && row.head === own[0]?.seq)
  return {
    customerId,
    events: own.map(({ id, body }) => ({ id, number: sender(body).number })),
    attempts: head?.attempts ?? 0,
    due: head?.due,
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', (event) => {
      event.preventDefault()
      reject(request.error ?? new Error('The browser gives no reason'))
    })
  })
}
