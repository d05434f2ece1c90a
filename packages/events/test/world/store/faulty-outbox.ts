import type { Outbox } from '../../../src/index.ts'
import type { Engine } from '../machine/engine.ts'
import type { WorldClock } from '../machine/clock.ts'
import type { StoreFault, StoreMethod } from '../script/script.ts'

type Entry = Parameters<Outbox['append']>[0][number]
type Verdicts = Parameters<Outbox['settle']>[0]

/** Is told what an outbox has answered its tracker: from then on the tracker may rely on it. */
export interface StoreWitness {
  called(method: StoreMethod): void
  /** It has carried out a call, whether or not the tracker ever hears of it. */
  carriedOut(method: StoreMethod): void
  appending(entry: Entry): void
  appended(entry: Entry, fate: string): void
  settled(claim: Verdicts[number][0], verdict: Verdicts[number][1], isRecorded: boolean): void
  removed(entry: Pick<Entry, 'customerId' | 'id'>): void
  settling(entry: Pick<Entry, 'customerId' | 'id'>): void
  /** It has left, whether or not the tracker ever hears of it. */
  left(entry: Pick<Entry, 'customerId' | 'id'>): void
  /** It begins to erase a customer. @returns ends that */
  erasing(customerId: string): () => void
}

/** Faults of the store of one process. */
export class StoreTroubles {
  faults: { fault: StoreFault; seen: number }[] = []
  calls = 0
  /** Deaths that were carried out and said to have failed: nobody hears of them before they are listed. */
  unheardDeaths = 0
  /** The number of events erased by a call that was said to have failed: nobody hears which of them had died. */
  unheardErased = 0
  /** A call of it has failed, or was slow. */
  hadTrouble = false
  /** Calls that will never be answered. */
  hung = 0
  /** Methods whose last call failed. */
  readonly failing = new Set<StoreMethod>()
  /** Calls that are not answered. */
  readonly open: StoreMethod[] = []
  diesIn: { call: number; isAfter: boolean } | undefined

  add(fault: StoreFault): void {
    this.faults.push({ fault, seen: 0 })
  }

  next(method: StoreMethod): StoreFault | undefined {
    let found: StoreFault | undefined
    for (const each of this.faults) {
      if (each.fault.method !== method) continue
      const place = each.seen++ - each.fault.after
      if (place >= 0 && place < each.fault.calls) found ??= each.fault
    }
    this.faults = this.faults.filter(({ fault, seen }) => seen < fault.after + fault.calls)
    return found
  }

  heal(): void {
    this.faults = []
    this.diesIn = undefined
  }
}

type Failure = 'io' | 'busy' | 'full' | 'hang'

/** A fault's effect on a call: it fails before it is carried out or after, or its answer tarries. */
interface Effect {
  readonly before?: Failure
  readonly tarriesMs?: number
  readonly after?: 'io' | 'hang'
}

const sound = { before: undefined, tarriesMs: 0, after: undefined }

const effects: Record<StoreFault['what'], (fault: StoreFault) => Effect> = {
  io: () => ({ before: 'io' }),
  busy: () => ({ before: 'busy' }),
  full: () => ({ before: 'full' }),
  hang: () => ({ before: 'hang' }),
  slow: ({ ms }) => ({ tarriesMs: ms }),
  'io after it was done': () => ({ after: 'io' }),
  'hang after it was done': () => ({ after: 'hang' }),
}

/** An outbox that fails, tarries and falls silent when it is told to, in front of a sound one. */
export class FaultyOutbox implements Outbox {
  readonly durable = true
  readonly #outbox: Outbox
  readonly #troubles: StoreTroubles
  readonly #witness: StoreWitness
  readonly #clock: WorldClock
  readonly #engine: Engine
  readonly #die: () => void
  readonly #isDead: () => boolean
  readonly #isUnordered: boolean
  /** Answers come in the order of the calls, as those of a disk do; those of an unordered one do not. */
  #answersFrom = 0

  constructor(
    outbox: Outbox,
    troubles: StoreTroubles,
    witness: StoreWitness,
    clock: WorldClock,
    engine: Engine,
    life: { die(): void; readonly isDead: boolean },
    isUnordered = false,
  ) {
    this.#outbox = outbox
    this.#troubles = troubles
    this.#witness = witness
    this.#clock = clock
    this.#engine = engine
    this.#die = () => life.die()
    this.#isDead = () => life.isDead
    this.#isUnordered = isUnordered
  }

  async append(entries: Parameters<Outbox['append']>[0]): Promise<Awaited<ReturnType<Outbox['append']>>> {
    // Its own copy: the tracker may change the entries later.
    const given = entries.map((entry) => ({ ...entry }))
    for (const entry of given) this.#witness.appending(entry)
    const fates = await this.#call('append', () => this.#outbox.append(entries))
    for (const [index, entry] of given.entries()) this.#witness.appended(entry, fates[index] ?? '')
    return fates
  }

  claim(...given: Parameters<Outbox['claim']>): Promise<Awaited<ReturnType<Outbox['claim']>>> {
    return this.#call('claim', () => this.#outbox.claim(...given))
  }

  async settle(verdicts: Verdicts): Promise<readonly boolean[]> {
    for (const [{ entry }] of verdicts) this.#witness.settling(entry)
    const deaths = verdicts.filter(([, { kind }]) => kind === 'dead').length
    let unheard = 0
    const asked = this.#call('settle', async () => {
      const answer = await this.#outbox.settle(verdicts)
      for (const [{ entry }, { kind }] of verdicts)
        if (kind === 'delivered' || kind === 'dead') this.#witness.left(entry)
      unheard = deaths
      return answer
    })
    const recorded = await asked.catch((thrown: unknown) => {
      this.#troubles.unheardDeaths += unheard
      throw thrown
    })
    for (const [index, [claim, verdict]] of verdicts.entries()) {
      this.#witness.settled(claim, verdict, recorded[index] ?? false)
    }
    return recorded
  }

  dueInMs(): Promise<number> {
    return this.#call('dueInMs', () => this.#outbox.dueInMs())
  }

  dead(...given: Parameters<Outbox['dead']>): Promise<Awaited<ReturnType<Outbox['dead']>>> {
    return this.#call('dead', () => this.#outbox.dead(...given))
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#call('replay', () => this.#outbox.replay(ids))
  }

  async remove(entry: Parameters<Outbox['remove']>[0]): Promise<boolean> {
    const wasThere = await this.#call('remove', async () => {
      const answer = await this.#outbox.remove(entry)
      if (answer) this.#witness.left(entry)
      return answer
    })
    if (wasThere) this.#witness.removed(entry)
    return wasThere
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const end = this.#witness.erasing(customerId)
    let erased = { pending: 0, dead: 0 }
    try {
      return await this.#call('forget', async () => (erased = await this.#outbox.forget(customerId)))
    } catch (thrown) {
      this.#troubles.unheardErased += erased.pending + erased.dead
      throw thrown
    } finally {
      end()
    }
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#call('counts', () => this.#outbox.counts())
  }

  close(): Promise<void> {
    return this.#call('close', () => this.#outbox.close())
  }

  async #call<T>(method: StoreMethod, run: () => T | PromiseLike<T>): Promise<T> {
    const { failing, open } = this.#troubles
    open.push(method)
    try {
      const answer = await this.#carryOut(method, run)
      failing.delete(method)
      return answer
    } catch (thrown) {
      failing.add(method)
      throw thrown
    } finally {
      open.splice(open.indexOf(method), 1)
    }
  }

  async #carryOut<T>(method: StoreMethod, run: () => T | PromiseLike<T>): Promise<T> {
    const troubles = this.#troubles
    this.#witness.called(method)
    const fault = troubles.next(method)
    this.#troubles.hadTrouble ||= fault !== undefined
    const { before, tarriesMs, after } = { ...sound, ...(fault && effects[fault.what](fault)) }
    const { diesIn } = troubles
    const isLast = troubles.calls++ === diesIn?.call
    if (isLast && !diesIn?.isAfter) this.#die()
    if (this.#isDead()) return never()
    if (before !== undefined) return this.#fail(before)
    const answer = await run()
    if (isLast) this.#die()
    if (this.#isDead()) return never()
    this.#witness.carriedOut(method)
    if (after === 'hang') return this.#fail(after)
    await this.#tarry(tarriesMs)
    // What was stored once more would be there twice: an outbox that has stored something says so.
    if (after === undefined || method === 'append' || method === 'replay') return answer
    return this.#fail(after)
  }

  async #tarry(ms: number): Promise<void> {
    if (this.#isUnordered) {
      // Each second answer comes at once, and so before the one before it.
      const lateMs = ms + (this.#troubles.calls % 2) * 20
      if (lateMs > 0) await new Promise<void>((passed) => this.#clock.later(passed, lateMs))
      return
    }
    this.#answersFrom = Math.max(this.#answersFrom, this.#clock.now + ms)
    const leftMs = this.#answersFrom - this.#clock.now
    if (leftMs > 0) await new Promise<void>((passed) => this.#clock.later(passed, leftMs))
  }

  async #fail(failure: Failure): Promise<never> {
    if (failure === 'hang') {
      this.#troubles.hung++
      return never()
    }
    if (failure === 'io') throw new Error('the disk of the world failed')
    throw new this.#engine.OutboxError(failure, `The outbox of the world is ${failure}.`)
  }
}

/** The answer that a process that died is waiting for: none. */
function never(): Promise<never> {
  return new Promise<never>(() => undefined)
}
