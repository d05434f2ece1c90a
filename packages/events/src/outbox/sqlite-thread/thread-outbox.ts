import { ClosedError } from '../../errors/errors.ts'
import { keyOf, type Key, type OutboxEntry } from '../../event/event.ts'
import type { AppendResult, Claim, DeadLetter, LaneOrder, Outbox, Verdict, WaitingCustomer } from '../outbox.ts'
import type { Call, LentClaim, LentVerdict, Method, ThreadData } from './messages.ts'
import { Thread } from './thread.ts'

type Counts = { pending: number; dead: number }

/**
 * Keeps what is pending in a file of SQLite's, which a thread of its own reads and writes.
 *
 * | state   | becomes | when                                                                                 |
 * |---------|---------|--------------------------------------------------------------------------------------|
 * | resting | running | the first call: the thread starts                                                    |
 * | running | resting | the thread ends by itself: what it was asked is refused, and the next call starts another one |
 * | any     | closed  | `close`: the thread carries out what it was asked before, and ends                   |
 */
export class ThreadOutbox implements Outbox {
  readonly durable = true
  readonly #data: ThreadData
  readonly #now: (() => number) | undefined
  #thread: Thread | undefined
  #closed: Promise<void> | undefined
  /** Entries that a thread was given which ended before it said whether they are stored. */
  readonly #unsure = new Set<string>()

  constructor(data: ThreadData, now: (() => number) | undefined) {
    this.#data = data
    this.#now = now
  }

  append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    const unsure = this.#unsure.size > 0 ? entries.filter((entry) => this.#unsure.has(keyOf(entry))) : []
    return unsure.length > 0 ? this.#appendAgain(entries, unsure) : this.#append(entries)
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    const answer = this.#ask<readonly Claim[]>('claim', max, leaseMs, first)
    // Heard before whoever asks hears it, and no later than what was asked after it.
    if (this.#unsure.size > 0) answer.then((claims) => this.#lent(claims), ignore)
    return answer
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return this.#ask(
      'settle',
      verdicts.map(([claim, verdict]): LentVerdict => [claim.entry.customerId, (claim as LentClaim).lease, verdict]),
    )
  }

  dueInMs(): Promise<number> {
    return this.#ask('dueInMs')
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.#ask('dead', limit, afterId)
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#ask('replay', ids)
  }

  remove({ customerId, id, environment }: Key): Promise<boolean> {
    return this.#ask('remove', { customerId, id, environment })
  }

  forget(customerId: string): Promise<Counts> {
    return this.#ask('forget', customerId)
  }

  counts(): Promise<Counts> {
    return this.#ask('counts')
  }

  waiting(limit: number): Promise<readonly WaitingCustomer[]> {
    return this.#ask('waiting', limit)
  }

  close(): Promise<void> {
    if (this.#closed) {
      // Nobody waits for it any more, which ends its own wait for another program.
      void this.#thread?.ask('close').catch(() => undefined)
      return this.#closed.catch(() => undefined)
    }
    this.#closed = this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const thread = this.#thread
    if (thread === undefined || thread.hasEnded) return
    try {
      await thread.ask('close')
    } finally {
      await thread.end()
    }
  }

  #append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    return this.#ask('append', entries.map(plain))
  }

  /**
   * Those that may be stored already are taken out before they are stored again: nobody looks for an id that was minted. One
   * that cannot be taken out since it is lent is stored.
   */
  async #appendAgain(
    entries: readonly OutboxEntry[],
    unsure: readonly OutboxEntry[],
  ): Promise<readonly AppendResult[]> {
    await Promise.all(unsure.map((entry) => this.remove(entry)))
    const lent = new Set(unsure.filter((entry) => !this.#unsure.has(keyOf(entry))))
    const fates = await this.#append(entries.filter((entry) => !lent.has(entry)))
    for (const entry of unsure) this.#unsure.delete(keyOf(entry))
    const left = fates.values()
    return entries.map((entry) => (lent.has(entry) ? 'pending' : (left.next().value as AppendResult)))
  }

  #lent(claims: readonly Claim[]): void {
    for (const { entry } of claims) this.#unsure.delete(keyOf(entry))
  }

  /** Not an async function, so that answers are heard in the order in which they come. */
  #ask<T>(method: Method, ...given: readonly unknown[]): Promise<T> {
    try {
      return this.#running().ask<T>(method, ...given)
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  #running(): Thread {
    if (this.#closed) throw new ClosedError(`The outbox ${this.#data.path} was closed: make a new one.`)
    if (this.#thread === undefined || this.#thread.hasEnded) {
      this.#thread = new Thread(this.#data, this.#now, (unanswered) => this.#ended(unanswered))
    }
    return this.#thread
  }

  #ended(unanswered: readonly Call[]): void {
    for (const { method, given } of unanswered) {
      if (method !== 'append') continue
      for (const entry of given[0] as readonly OutboxEntry[]) if (entry.hasMintedId) this.#unsure.add(keyOf(entry))
    }
  }
}

function ignore(): void {
  // Whoever has asked hears it.
}

/** Copies what is stored, and nothing else of the object that was given. */
function plain({ id, customerId, operation, body, acceptedAt, environment, hasMintedId }: OutboxEntry) {
  return { id, customerId, operation, body, acceptedAt, environment, hasMintedId }
}
