import { timeOfDay } from '../../platform/platform.ts'
import type { LaneOrder, Verdict } from '../outbox.ts'
import type { Database } from './database.ts'
import type { Group } from './group.ts'
import { HandedOver } from './handed-over.ts'
import type { Lanes, Lease } from './lanes.ts'
import type { OwnEntries } from './own-entries.ts'
import { type Message, Ownership } from './ownership.ts'
import type { Tables } from './tables.ts'
import { lend, readLanes, readNew } from './transactions.ts'

export interface ClaimsListener {
  /** There may be something to claim here. */
  due(): void
  /** Another tab tells something. */
  told(message: Message): void
}

/** The right of this tab to claim, the lanes that it knows while it has that, and what it has in flight when it gives it up. */
export class Claims {
  readonly #database: Database
  readonly #group: Group
  readonly #listener: ClaimsListener
  readonly #ownership: Ownership
  readonly #handedOver: HandedOver
  #hasBegun = false
  /** The lanes, from when this tab has read what is stored until it has given up its right. */
  #lanes: Lanes | undefined

  constructor(name: string, database: Database, group: Group, listener: ClaimsListener) {
    this.#database = database
    this.#group = group
    this.#listener = listener
    this.#handedOver = new HandedOver(name)
    this.#ownership = new Ownership(name, {
      owned: () => listener.due(),
      handOver: () => this.#handOver(),
      told: (message) => listener.told(message),
    })
  }

  /** Tells whether this tab claims. */
  get isOwner(): boolean {
    return this.#ownership.isOwner
  }

  /** Finds out who claims, once, and reads the lanes where that is this tab. */
  async begin(remembered: (count: number) => void): Promise<void> {
    if (!this.#hasBegun) await this.#ownership.begin()
    this.#hasBegun = true
    if (!this.isOwner || this.#lanes !== undefined) return
    const elsewhere = await this.#handedOver.customers()
    this.#lanes = await this.#database.transact('readwrite', false, async (tables) => {
      remembered(await tables.remembered())
      return readLanes(tables, elsewhere, timeOfDay())
    })
    for (const customerId of elsewhere) void this.#awaitLane(customerId).catch(() => undefined)
  }

  /** Lends what is due, into `leases`, where this tab claims. */
  async lend(
    tables: Tables,
    own: OwnEntries,
    asked: { max: number; leaseMs: number; first: LaneOrder },
    leases: Lease[],
  ): Promise<void> {
    if (this.#lanes && this.isOwner) await lend(tables, this.#lanes, own, asked, leases)
  }

  /** Takes claims back that nobody has heard of. */
  takeBack(leases: readonly Lease[]): void {
    for (const lease of leases) this.#lanes?.takeBack(lease)
  }

  /** Tells whether a lease still holds. */
  holds(lease: Lease): boolean {
    return (this.#lanes?.holds(lease) ?? false) || this.#handedOver.holds(lease)
  }

  /** A lease has ended. Where that was not recorded, its entry is gone or lent again. */
  settled(lease: Lease, verdict: Verdict, isRecorded: boolean, now: number): void {
    this.#handedOver.end(lease)
    if (isRecorded) this.#lanes?.settled(lease, verdict, now)
    // Another tab has erased it.
    else if (this.#lanes?.holds(lease)) this.#lanes.restart(lease.row.customerId, now)
  }

  /** Tells whether the head of a lane may be lent: only the tab that claims knows. */
  mayBeLent(customerId: string, now: number): boolean {
    return this.#lanes?.isLent(customerId, now) ?? true
  }

  /** The head of a lane was taken out. */
  restart(customerId: string, now: number): void {
    this.#lanes?.restart(customerId, now)
  }

  /** A customer was forgotten. */
  forget(customerId: string): void {
    this.#lanes?.close(customerId)
  }

  /** The moment when there will be something to claim here. */
  nextDue(now: number): number {
    return (this.isOwner ? this.#lanes?.nextDue(now) : undefined) ?? Infinity
  }

  /** Finds out who has appended since. @returns whether there is something new to claim here */
  async readNew(tables: Tables): Promise<boolean> {
    return this.#lanes ? readNew(tables, this.#lanes, timeOfDay()) : false
  }

  /** The database was made anew: the lanes are to be read again. */
  reset(): void {
    this.#lanes = undefined
  }

  tell(message: Message): void {
    this.#ownership.tell(message)
  }

  poll(): void {
    this.#ownership.poll()
  }

  end(): void {
    this.#lanes = undefined
    this.#ownership.end()
    this.#handedOver.clear()
  }

  /** Takes over a lane whose head was still in flight in the tab that claimed before. */
  async #awaitLane(customerId: string): Promise<void> {
    await this.#handedOver.freed(customerId)
    // This tab has closed, or given up its right, meanwhile.
    if (this.#lanes === undefined) return
    await this.#group.add({
      reads: true,
      run: (tables) => Promise.all([tables.lane(customerId), tables.headOf(customerId)]),
      done: ([row, head]) => this.#lanes?.restore(customerId, row, head?.seq, timeOfDay()),
    })
    this.#listener.due()
  }

  /** Claims nothing any more. What is in flight goes on, and is settled here. */
  async #handOver(): Promise<void> {
    let leases: Lease[] = []
    const left = (): void => {
      leases = this.#lanes?.leases(timeOfDay()) ?? []
      this.#lanes = undefined
    }
    // Not in the midst of a claim.
    await this.#group.add({ reads: true, run: () => undefined, done: left }).catch(left)
    await this.#handedOver.keep(leases)
  }
}
