import { keyOf, type Key, type OutboxEntry } from '../../../src/event/event.ts'
import type { Claim, Outbox, OutboxNews, Verdict } from '../../../src/outbox/outbox.ts'
import type { Random } from '../script/random.ts'
import type { Machine } from './machine.ts'
import type { Owner, Storage } from '../../support/shared-storage.ts'

export type Method = Exclude<keyof Outbox, 'durable' | 'watch' | 'waiting'>

/** The way in which calls of the storage go wrong. */
export interface Trouble {
  readonly method: Method | 'any'
  /** The call never arrives; its answer never comes; the connection breaks before or after it is carried out; it takes long. */
  readonly what: 'lost' | 'unanswered' | 'refused' | 'broken' | 'slow'
  /** The number of calls that go so. */
  calls: number
  readonly ms: number
}

/** It looks so often for what others have done, in case that nobody tells. */
const pollMs = 2_000

/** The outbox of one machine: calls travel to the storage and answers back, and both may be lost. */
export class MachineOutbox implements Outbox, Owner {
  readonly durable = true
  readonly news: Owner['news'] = []
  readonly troubles: Trouble[] = []
  /** Entries whose end was recorded with nobody hearing of it: deaths, and erasures. */
  unheard = 0
  /** Entries that were stored with nobody hearing of it: what is given again after its death is another one. */
  readonly storedUnheard = new Set<string>()
  readonly #machine: Machine
  readonly #storage: Storage
  readonly #random: Random
  #listener: OutboxNews | undefined

  constructor(machine: Machine, storage: Storage, random: Random) {
    this.#machine = machine
    this.#storage = storage
    this.#random = random
  }

  watch(listener: OutboxNews): void {
    if (this.#listener === undefined) this.#poll()
    this.#listener = listener
    this.#storage.owners.add(this)
  }

  /** The storage tells that there is something. It is a hint: it may be lost. */
  hint(): void {
    if (this.#random.chance(0.3)) return
    this.#machine.clock.later(() => this.#machine.reach(() => this.#hear(true)), this.#travelMs())
  }

  append(entries: readonly OutboxEntry[]) {
    const given = entries.map((entry) => ({ ...entry }))
    return this.#call(
      'append',
      () => this.#storage.append(this, given),
      () => {
        for (const entry of given) this.storedUnheard.add(keyOf(entry))
        return 0
      },
    )
  }

  claim(max: number, leaseMs: number): Promise<readonly Claim[]> {
    return this.#call('claim', () => this.#storage.claim(this, max, leaseMs))
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    const deaths = verdicts.filter(([, { kind }]) => kind === 'dead').length
    return this.#call(
      'settle',
      () => this.#storage.settle(this, verdicts),
      () => deaths,
    )
  }

  dueInMs(): Promise<number> {
    return this.#call('dueInMs', () => this.#storage.dueInMs(this))
  }

  dead(limit: number) {
    return this.#call('dead', () => this.#storage.dead(limit))
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#call(
      'replay',
      () => this.#storage.replay(this, ids),
      (replayed) => replayed,
    )
  }

  remove(entry: Key): Promise<boolean> {
    return this.#call('remove', () => this.#storage.remove(this, entry), Number)
  }

  forget(customerId: string): Promise<{ pending: number; dead: number }> {
    return this.#call(
      'forget',
      () => this.#storage.forget(this, customerId),
      ({ pending, dead }) => pending + dead,
    )
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#call('counts', () => this.#storage.plain.counts())
  }

  close(): Promise<void> {
    this.#listener = undefined
    return this.#call('close', async () => this.#storage.leave(this))
  }

  /** The machine has died: what it has lent comes back when its leases end. */
  die(): void {
    this.#listener = undefined
    this.#storage.leave(this)
  }

  /** @param changed how much an answer tells that nobody can know without it */
  async #call<T>(method: Method, carryOut: () => Promise<T>, changed: (answer: T) => number = () => 0): Promise<T> {
    const { what, ms = 0 } = this.#next(method) ?? {}
    const travelMs = what === 'slow' ? ms / 2 : 0
    await this.#travel(travelMs)
    if (what === 'lost') return never()
    if (what === 'refused') throw new Error('the connection to the storage was refused')
    // A call that is under way is carried out, though its machine has died.
    const answer = await carryOut()
    if (what === 'unanswered' || what === 'broken') this.unheard += changed(answer)
    if (what === 'unanswered') return never()
    await this.#travel(travelMs)
    if (what === 'broken') throw new Error('the connection to the storage broke')
    return answer
  }

  #next(method: Method): Trouble | undefined {
    const at = this.troubles.findIndex((each) => each.method === method || each.method === 'any')
    const trouble = this.troubles[at]
    if (trouble !== undefined && --trouble.calls <= 0) this.troubles.splice(at, 1)
    return trouble
  }

  /** Goes on when the machine is reached: not while it stands still. */
  #travel(ms: number): Promise<void> {
    const { clock } = this.#machine
    return new Promise((arrive) => clock.later(() => this.#machine.reach(arrive), ms + this.#travelMs()))
  }

  #travelMs(): number {
    return this.#random.pick([0, 1, 1, 3, 20])
  }

  #poll(): void {
    this.#machine.setTimer(() => {
      if (this.#listener === undefined) return
      this.#hear(false)
      this.#poll()
    }, pollMs)
  }

  #hear(isHint: boolean): void {
    const ends = this.news.splice(0)
    if (ends.length > 0) this.#listener?.ended(ends)
    if (isHint || this.#random.chance(0.5)) this.#listener?.due()
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined)
}
