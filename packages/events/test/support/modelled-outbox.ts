import type { Claim, Outbox } from '../../src/outbox/outbox.ts'
import type { Random } from '../crash/random.ts'
import { append, entryOf, type OutboxFiles } from './outbox-files.ts'

const longLeaseMs = 600_000

interface ModelLane {
  readonly events: string[]
  due: number
  claim: Claim | undefined
}

/** An outbox beside a model that is too simple to be wrong. Time passes when it is told to. */
export class ModelledOutbox {
  readonly faults: string[] = []
  readonly #lanes = new Map<string, ModelLane>()
  readonly #files: OutboxFiles
  readonly #time = { ms: 1_700_000_000_000 }
  #outbox: Outbox
  #made = 0

  constructor(files: OutboxFiles) {
    this.#files = files
    this.#outbox = this.#open()
  }

  get lent(): ModelLane[] {
    return [...this.#lanes.values()].filter(({ claim }) => claim !== undefined)
  }

  async append(customer: string): Promise<void> {
    const name = `${customer}:${this.#made++}`
    await append(this.#outbox, name)
    const lane = this.#lanes.get(customer)
    if (lane) lane.events.push(name)
    else this.#lanes.set(customer, { events: [name], due: this.#time.ms, claim: undefined })
  }

  /** Claims, and holds what came against what is due and lent to nobody. */
  async claim(max: number, first: 'oldest' | 'fewest-attempts'): Promise<void> {
    const free = new Map([...this.#lanes].filter(([, { due, claim }]) => !claim && due <= this.#time.ms))
    const claims = await this.#outbox.claim(max, longLeaseMs, first)
    this.#expect(claims.length, Math.min(max, free.size), 'claims')
    for (const claim of claims) {
      const lane = free.get(claim.entry.customerId)
      this.#expect(claim.entry.id, lane?.events[0], 'head')
      if (lane) lane.claim = claim
    }
  }

  async lookAhead(): Promise<void> {
    const dues = [...this.#lanes.values()].filter(({ claim }) => !claim).map(({ due }) => due - this.#time.ms)
    const next = Math.max(0, Math.min(...dues))
    const dueInMs = await this.#outbox.dueInMs()
    // A lease may end earlier than what waits long.
    if (next < longLeaseMs / 2) this.#expect(dueInMs, next, 'dueInMs')
  }

  async retry(lane: ModelLane, afterMs: number): Promise<void> {
    await this.#settle(lane, { kind: 'retry', afterMs })
    lane.due = this.#time.ms + afterMs
  }

  async release(lane: ModelLane): Promise<void> {
    await this.#settle(lane, { kind: 'release' })
  }

  async deliver(lane: ModelLane): Promise<void> {
    const [name = ''] = lane.events.splice(0, 1)
    await this.#settle(lane, { kind: 'delivered' })
    lane.due = this.#time.ms
    if (lane.events.length === 0) this.#lanes.delete(entryOf(name).customerId)
  }

  pass(ms: number): void {
    this.#time.ms += ms
  }

  async restart(): Promise<void> {
    await this.#outbox.close()
    this.#outbox = this.#open()
    for (const lane of this.lent) lane.claim = undefined
  }

  async #settle(lane: ModelLane, verdict: Parameters<Outbox['settle']>[0][number][1]): Promise<void> {
    const [isRecorded] = await this.#outbox.settle([[lane.claim as Claim, verdict]])
    this.#expect(isRecorded, true, 'recorded')
    lane.claim = undefined
  }

  #expect(came: unknown, wanted: unknown, what: string): void {
    if (came !== wanted) this.faults.push(`${what}: expected ${String(wanted)}, not ${String(came)}`)
  }

  #open(): Outbox {
    return this.#files.open({ clock: { now: () => this.#time.ms } })
  }
}

/** Does one thing by chance. */
export async function step(model: ModelledOutbox, chance: Random): Promise<void> {
  const dice = chance.below(100)
  const { lent } = model
  const lane = lent[chance.below(lent.length || 1)]
  if (dice < 20) await model.append(`c${chance.below(12)}`)
  else if (dice < 50) await model.claim(1 + chance.below(4), chance.below(4) ? 'oldest' : 'fewest-attempts')
  else if (dice < 60) model.pass(chance.below(4))
  else if (dice < 63) await model.restart()
  else if (dice < 70) await model.lookAhead()
  else if (lane && dice < 85) await model.retry(lane, [0, 0, 1, 2, 7, 30][chance.below(6)] ?? 0)
  else if (lane && dice < 89) await model.release(lane)
  else if (lane) await model.deliver(lane)
}
