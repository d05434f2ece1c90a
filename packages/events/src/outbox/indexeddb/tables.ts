import type { Key, OutboxEntry } from '../../event/event.ts'
import { fingerprintOf } from '../fingerprint.ts'
import type { AppendResult, DeadLetterInfo } from '../outbox.ts'
import { browser, type IdbObjectStore, type IdbRequest, type IdbTransaction } from './browser.ts'
import type { DeadRow, DeliveredRow, EndRow, EntryRow, LaneRow } from './schema.ts'

const dayMs = 24 * 3_600_000

/** The tables, within one transaction. */
export class Tables {
  readonly #transaction: IdbTransaction

  constructor(transaction: IdbTransaction) {
    this.#transaction = transaction
  }

  /** Asks for what is known of an entry's id, which somebody gave. `seq` is the number of the one that is pending. */
  async known(entry: OutboxEntry, now: number): Promise<{ fate: AppendResult; seq?: number } | undefined> {
    const key = keyOf(entry)
    const [there, delivered] = await Promise.all([
      asked(this.#table('entry').index('id').get(key)) as Promise<EntryRow | undefined>,
      asked(this.#table('delivered').get(key)) as Promise<DeliveredRow | undefined>,
    ])
    if (there) {
      const isSame = there.operation === entry.operation && there.body === entry.body
      return { fate: isSame ? 'pending' : 'taken', seq: there.seq }
    }
    if (delivered === undefined || delivered.at < now - dayMs) return undefined
    return { fate: delivered.fingerprint === fingerprintOf(entry) ? 'done' : 'taken' }
  }

  /** @returns its number */
  add({
    id,
    customerId,
    operation,
    body,
    acceptedAt,
    environment = 'test',
    hasMintedId,
  }: OutboxEntry): Promise<number> {
    const entry = { id, customerId, operation, body, acceptedAt, environment }
    const row = hasMintedId ? { ...entry, hasMintedId } : { ...entry, givenId: id }
    return asked(this.#table('entry').add(row)) as Promise<number>
  }

  /** Entries that were appended after the one of that number, `most` of them. */
  entriesAfter(seq: number, most: number): Promise<EntryRow[]> {
    const range = browser.IDBKeyRange.lowerBound(seq, true)
    return asked(this.#table('entry').getAll(range, most)) as Promise<EntryRow[]>
  }

  async has(seq: number): Promise<boolean> {
    return (await asked(this.#table('entry').getKey(seq))) !== undefined
  }

  /** The first entry of a lane. */
  headOf(customerId: string): Promise<EntryRow | undefined> {
    return asked(this.#table('entry').index('lane').get(laneOf(customerId))) as Promise<EntryRow | undefined>
  }

  /** All entries of a lane. */
  entriesOf(customerId: string): Promise<EntryRow[]> {
    return asked(this.#table('entry').index('lane').getAll(laneOf(customerId))) as Promise<EntryRow[]>
  }

  /** The customers that have entries, each with the number of its head: the one that waits longest first. */
  heads(): Promise<[string, number][]> {
    const request = this.#table('entry').index('lane').openKeyCursor()
    const heads: [string, number][] = []
    return new Promise((resolve, reject) => {
      request.addEventListener('error', () => reject(request.error))
      request.addEventListener('success', () => {
        const cursor = request.result
        if (cursor === null) return resolve(heads.toSorted(([, one], [, other]) => one - other))
        const [customerId, seq] = cursor.key as [string, number]
        heads.push([customerId, seq])
        // The next customer: a list comes after every number.
        cursor.continue([customerId, []])
      })
    })
  }

  take(seq: number): void {
    void asked(this.#table('entry').delete(seq))
  }

  lanes(): Promise<LaneRow[]> {
    return asked(this.#table('lane').getAll()) as Promise<LaneRow[]>
  }

  lane(customerId: string): Promise<LaneRow | undefined> {
    return asked(this.#table('lane').get(customerId)) as Promise<LaneRow | undefined>
  }

  putLane(row: LaneRow): void {
    void asked(this.#table('lane').put(row))
  }

  deleteLane(customerId: string): void {
    void asked(this.#table('lane').delete(customerId))
  }

  /** Makes a dead letter of an entry. */
  async bury(row: EntryRow, { reason, attempts, status, detail }: DeadLetterInfo, now: number): Promise<void> {
    const why = { reason, attempts, ...(status !== undefined && { status }), ...(detail !== undefined && { detail }) }
    const number = (await asked(this.#table('dead').add({ ...row, ...why, diedAt: now }))) as number
    this.#end({ seq: row.seq, at: now, kind: 'dead', number })
  }

  deadAfter(number: number, most: number): Promise<DeadRow[]> {
    const range = browser.IDBKeyRange.lowerBound(number, true)
    return asked(this.#table('dead').getAll(range, Math.min(most, 2 ** 32 - 1))) as Promise<DeadRow[]>
  }

  letter(number: number): Promise<DeadRow | undefined> {
    return asked(this.#table('dead').get(number)) as Promise<DeadRow | undefined>
  }

  /** A dead letter goes, since it is pending again. */
  revive({ number }: DeadRow): void {
    void asked(this.#table('dead').delete(number))
  }

  async counts(): Promise<{ pending: number; dead: number }> {
    const [pending, dead] = await Promise.all([asked(this.#table('entry').count()), asked(this.#table('dead').count())])
    return { pending, dead }
  }

  /** Erases a customer. The tabs that have stored what was pending are told by its numbers alone. */
  async forget(customerId: string, now: number): Promise<{ pending: number; dead: number }> {
    const [pending, dead] = await Promise.all([
      this.entriesOf(customerId),
      asked(this.#table('dead').index('customer').getAll(customerId)) as Promise<DeadRow[]>,
    ])
    for (const { seq } of pending) this.take(seq)
    for (const { number } of dead) void asked(this.#table('dead').delete(number))
    for (const { seq } of [...pending, ...dead]) this.#end({ seq, at: now, kind: 'forgotten' })
    this.deleteLane(customerId)
    void asked(this.#table('delivered').delete(laneOf(customerId)))
    return { pending: pending.length, dead: dead.length }
  }

  /** Remembers an id that somebody gave. */
  remember(entry: OutboxEntry, now: number): void {
    const [customerId, environment, id] = keyOf(entry)
    const row: DeliveredRow = { customerId, environment, id, at: now, fingerprint: fingerprintOf(entry) }
    void asked(this.#table('delivered').put(row))
  }

  remembered(): Promise<number> {
    return asked(this.#table('delivered').count())
  }

  /** Drops ids that are too old, or too many by `excess`: a few at a time. @returns how many */
  async prune(excess: number, most: number, now: number): Promise<number> {
    const oldest = (await asked(this.#table('delivered').index('at').getAll(null, most))) as DeliveredRow[]
    const gone = oldest.filter(({ at }, place) => place < excess || at < now - dayMs)
    for (const row of gone) void asked(this.#table('delivered').delete(keyOf(row)))
    return gone.length
  }

  /** The end of an entry that is not there any more. One of which nothing is known was delivered. */
  async endOf(seq: number): Promise<{ kind: 'delivered' | 'forgotten' } | ({ kind: 'dead' } & DeadLetterInfo)> {
    const end = (await asked(this.#table('end').get(seq))) as EndRow | undefined
    if (end?.kind !== 'dead') return { kind: end?.kind ?? 'delivered' }
    const { reason, attempts, status, detail } = (await this.letter(end.number)) ?? { reason: 'refused', attempts: 0 }
    return { kind: 'dead', reason, attempts, status, detail }
  }

  /** Drops ends of which every tab has been told. */
  async pruneEnds(now: number): Promise<void> {
    const ends = (await asked(this.#table('end').getAll())) as EndRow[]
    for (const { seq, at } of ends) if (at < now - dayMs) void asked(this.#table('end').delete(seq))
  }

  #end(row: EndRow): void {
    void asked(this.#table('end').put(row))
  }

  #table(name: string): IdbObjectStore {
    return this.#transaction.objectStore(name)
  }
}

/** The answer to a request. */
export function asked<T>(request: IdbRequest<T>): Promise<T> {
  const answer = new Promise<T>((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
  // One that nobody waits for fails its transaction, and that is waited for.
  answer.catch(() => undefined)
  return answer
}

function keyOf({ customerId, environment = 'test', id }: Omit<Key, 'environment'> & { environment?: string }) {
  return [customerId, environment, id] as const
}

/** All keys that begin with a customer. */
function laneOf(customerId: string): object {
  return browser.IDBKeyRange.bound([customerId], [customerId, []])
}
