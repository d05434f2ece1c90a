import type { WorldProcess } from '../machine/process.ts'
import { minute, second, type StoreMethod } from '../script/script.ts'
import type { StoreWitness } from '../store/faulty-outbox.ts'
import type { HealthJudge } from './health-judge.ts'
import type { Seen } from './seen.ts'
import type { WorldEvent } from './ledger.ts'

type Key = Parameters<StoreWitness['removed']>[0]

/** So long a tracker waits for an outbox that does not answer, before it goes on without. */
const patienceMs = 2 * minute

interface Erasure {
  readonly customer: string
  readonly since: number
}

/** Takes note of what the store of a process has answered, on which the next process may rely too. */
export class StoreJudge implements StoreWitness {
  readonly #seen: Seen
  readonly #health: HealthJudge
  readonly #process: WorldProcess
  /** Events whose end its outbox has taken note of, perhaps in memory alone. */
  readonly #noted = new Set<WorldEvent>()
  #closes = 0
  /** Erasures that are not answered. */
  readonly #erasures = new Set<Erasure>()

  constructor(seen: Seen, health: HealthJudge, process: WorldProcess) {
    this.#seen = seen
    this.#health = health
    this.#process = process
  }

  called(method: StoreMethod): void {
    const { verdict, clock } = this.#seen
    if (method === 'close') this.#closes++
    else verdict.expect(this.#closes === 0, 'an outbox that is being closed is asked nothing more')
    const isDelivering = method === 'append' || method === 'claim' || method === 'settle' || method === 'counts'
    verdict.expect(this.#process.isEnabled || !isDelivering, 'a tracker that is not enabled delivers nothing')
    verdict.note(`${clock.now} ${this.#process.name} asks its store to ${method}`)
    if (method === 'replay') this.#replayed()
    // This call may be the last one that fails.
    this.#health.look()
  }

  /** Dead letters may be sent again from now on. Their deaths were heard, perhaps after they could be listed. */
  #replayed(): void {
    const { replaying } = this.#seen.ledger
    for (const event of replaying.get(this.#process) ?? []) event.revive()
    replaying.delete(this.#process)
  }

  /** Once nothing keeps an outbox from writing, it writes whatever it has noted; and before it says that it has closed. */
  carriedOut(method: StoreMethod): void {
    // One that is asked twice says only once that it could not.
    const hasClosed = method === 'close' && this.#closes === 1
    if (hasClosed || this.#isWritten) this.#record()
  }

  appending(entry: Key): void {
    const event = this.#eventOf(entry)
    if (!event) return
    event.isHanded = true
    // What was taken out is given again, and may be stored then though no answer comes.
    if (event.recorded === 'removed' && !this.#process.isDead) event.recorded = undefined
  }

  appended(entry: Key, fate: string): void {
    const event = this.#eventOf(entry)
    if (!event || this.#process.isDead) return
    event.isHanded = false
    if (fate !== 'stored') return
    event.isStored = true
    event.storedAt = this.#seen.clock.now
  }

  erasing(customer: string): () => void {
    const erasure = { customer, since: this.#seen.clock.now }
    this.#erasures.add(erasure)
    this.#seen.clock.later(() => this.#judgeUnanswered(erasure), patienceMs + second)
    return () => void this.#erasures.delete(erasure)
  }

  settling(entry: Key): void {
    // Else it would say of what it has erased that it was recorded, or the other way round. What is never answered is given up.
    const isErased = this.#erasuresOf(entry.customerId).some(({ since }) => this.#seen.clock.now < since + patienceMs)
    this.#seen.verdict.expect(!isErased, 'nothing is recorded while its customer is erased', () => entry.id)
    const event = this.#eventOf(entry)
    if (event) event.settledAt = Math.min(event.settledAt, this.#seen.clock.now)
  }

  settled(...[{ entry }, { kind }, isRecorded]: Parameters<StoreWitness['settled']>): void {
    const event = this.#eventOf(entry)
    if (event && kind === 'retry') event.hasNotedWait = isRecorded
    if (!event || !isRecorded || this.#process.isDead) return
    if (kind !== 'delivered' && kind !== 'dead') return
    event.noted = kind
    this.#noted.add(event)
    if (this.#isWritten) this.#record()
  }

  left(entry: Key): void {
    const event = this.#eventOf(entry)
    if (event) event.mayHaveLeft = true
  }

  removed(entry: Key): void {
    const event = this.#eventOf(entry)
    if (event && !this.#process.isDead) event.recorded = 'removed'
  }

  /** An erasure that is never answered keeps what was heard of its customer's events from the outbox for a while only. */
  #judgeUnanswered(erasure: Erasure): void {
    const { ledger, verdict, thawsAt, setAt } = this.#seen
    const { isAlive, isClosing } = this.#process
    const isLast = this.#erasuresOf(erasure.customer).at(-1) === erasure
    if (!isLast || !isAlive || isClosing || Math.max(thawsAt, setAt) >= erasure.since) return
    const events = ledger.of(erasure.customer).filter(({ process }) => process === this.#process)
    const kept = events.find(
      ({ heardAt, settledAt, isLoose }) => !isLoose && heardAt > -Infinity && settledAt === Infinity,
    )
    verdict.expect(kept === undefined, 'an erasure that is never answered is given up', () => String(kept?.id))
  }

  #erasuresOf(customerId: string): Erasure[] {
    return [...this.#erasures].filter(({ customer }) => customer === customerId)
  }

  #record(): void {
    for (const event of this.#noted) if (!event.isLoose) event.recorded = event.noted
    this.#noted.clear()
  }

  /** Ends that cannot be written are remembered by the process, and die with it. */
  get #isWritten(): boolean {
    const { clock, lockedUntil } = this.#seen
    const { sqlFaults, sqlFailedAt } = this.#process
    return !sqlFaults.isDiskFull && clock.now >= lockedUntil && clock.now > sqlFailedAt + 10 * second
  }

  #eventOf({ customerId, id }: Key): WorldEvent | undefined {
    return this.#seen.ledger.named(customerId, id)[0]
  }
}
