import type { DatabaseSync } from 'node:sqlite'

const noLimit = 4_294_967_294
/** Free pages that are kept for what comes next, 4 MiB of them. */
const keptPages = 1_024
/** Pages that one commit gives back. */
const stepPages = 256

/** The size of the file: its limit, and what is given back to the disk. */
export class FileSize {
  readonly #db: DatabaseSync
  readonly #sql: ReturnType<typeof prepare>
  readonly #hasLimit: boolean
  #isLimited = false

  constructor(db: DatabaseSync, maxBytes: number) {
    this.#db = db
    const { page_size: pageSize } = db.prepare('PRAGMA page_size').get() as { page_size: number }
    this.#hasLimit = maxBytes < pageSize * noLimit
    this.#sql = prepare(db, this.#hasLimit ? Math.max(1, Math.floor(maxBytes / pageSize)) : noLimit)
  }

  /** Tells whether the limit counts now. */
  get isLimited(): boolean {
    return this.#isLimited
  }

  /** New events are refused beyond the limit; what is stored can always be delivered and settled. */
  limit(isLimited: boolean): void {
    if (!this.#hasLimit || this.#isLimited === isLimited) return
    this.#isLimited = isLimited
    if (isLimited) this.#sql.limit.get()
    else this.#sql.unlimit.get()
  }

  /** Gives space back to the disk once more than half of the file is free: a little with each commit. */
  giveBack(): void {
    const free = this.#free()
    if (free <= keptPages) return
    const { page_count: pages } = this.#sql.pages.get() as { page_count: number }
    if (free > pages / 2) this.#db.exec(`PRAGMA incremental_vacuum(${Math.min(stepPages, free - keptPages)})`)
  }

  /** Gives back some of what is free, whatever is to come. @returns whether there is more */
  giveBackSome(): boolean {
    const free = this.#free()
    if (free > 0) this.#db.exec(`PRAGMA incremental_vacuum(${stepPages})`)
    const left = this.#free()
    return left > 0 && left < free
  }

  #free(): number {
    return (this.#sql.free.get() as { freelist_count: number }).freelist_count
  }
}

function prepare(db: DatabaseSync, mostPages: number) {
  return {
    limit: db.prepare(`PRAGMA max_page_count = ${mostPages}`),
    unlimit: db.prepare(`PRAGMA max_page_count = ${noLimit}`),
    free: db.prepare('PRAGMA freelist_count'),
    pages: db.prepare('PRAGMA page_count'),
  }
}
