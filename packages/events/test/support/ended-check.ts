import type { EventInfo } from '../../src/event/event.ts'
import { ApiError } from '../../src/errors/api-error.ts'
import { type EventTrackingError, TimeoutError } from '../../src/errors/errors.ts'
import type { Expect } from './broken.ts'
import type { Ledger } from './ledger.ts'
import type { Program } from './program.ts'
import { isAsExpected, type Tracked } from './tracked.ts'

/** Whether every event ends once, as it must, and everybody concerned is told so. */
export class EndedCheck {
  readonly #ledger: Ledger
  readonly #expect: Expect

  constructor(ledger: Ledger, expect: Expect) {
    this.#ledger = ledger
    this.#expect = expect
  }

  /** The event that a hook is told about; undefined for what has not ended so, or has been told before. */
  toldOf(about: EventInfo, told: object, states: string[]): Tracked | undefined {
    const untold = [...this.#ledger.untold].filter((it) => isAbout(it, about))
    const it =
      untold.find(({ first }) => !first.gaveUp && first.result === told) ??
      untold.find((other) => mayBe(other, told, states))
    this.#expect(it !== undefined, 'a hook for what has not ended, or has been told')
    if (it === undefined) return undefined
    this.#ledger.untold.delete(it)
    it.hooks++
    it.told = told
    return it
  }

  /** An event was given up: not before it was time. */
  failed(it: Tracked, error: EventTrackingError, { attempts }: EventInfo, isOverdue: boolean): void {
    if (error instanceof TimeoutError && error.message.includes('maxDeliveryMs')) {
      this.#expect(isOverdue, 'ended before its budget')
      this.#expect(error.message.includes(`for ${it.made.budgetMs} ms`), 'told of another budget than its own')
    } else if (['api', 'connection', 'timeout'].includes(error.code) && error.retryable) {
      this.#expect(attempts === it.made.maxRetries + 1, 'given up before or after its retries were used up')
    }
  }

  /** When everything has come to rest. */
  check(): void {
    for (const it of this.#ledger.takeEnded()) this.#checkEnded(it)
    for (const it of this.#ledger.owed) this.#checkOwed(it)
  }

  /** Nothing that has ended has changed since. */
  async checkEnd(): Promise<void> {
    for (const it of this.#ledger.all) {
      this.#checkEnded(it)
      for (const { delivery, settlement } of it.waiters) {
        this.#expect((await delivery.settled()) === settlement, 'settled twice')
      }
    }
  }

  #checkEnded(it: Tracked): void {
    this.#expect(it.hooks === (it.isUntold ? 0 : 1), 'an end without a hook')
    this.#expect(it.succeeded === (it.state === 'delivered'), 'received or delivered, but not both')
    const isExpected = !it.expected || isAsExpected(it.state, it.told ?? it.first.result, it.expected)
    this.#expect(isExpected, 'ended in another way than it had to')
    for (const { gaveUp, settlement, result } of it.waiters) {
      if (gaveUp) continue
      this.#expect(settlement?.outcome === it.state, 'a wait has another outcome than its event')
      this.#expect(it.isUntold || result === it.told, 'a wait and a hook were told different things')
    }
    this.#checkWaits(it)
  }

  #checkOwed(it: Tracked): void {
    this.#expect(it.hooks === 0, 'told of an end before it')
    this.#expect(it.requests <= it.made.maxRetries + 1, 'more requests than retries allow')
    for (const { gaveUp, settlement } of it.waiters) {
      if (!gaveUp) this.#expect(settlement === undefined, 'a wait has ended before its event')
    }
    this.#checkWaits(it)
  }

  #checkWaits({ waiters }: Tracked): void {
    for (const { gaveUp, settlement, result } of waiters) {
      const isExpected = !gaveUp || isAsExpected(settlement?.outcome, result, gaveUp)
      this.#expect(isExpected, 'a wait ended in another way than it had to')
    }
  }
}

function isAbout({ id, made, isUntold }: Tracked, about: EventInfo): boolean {
  return id === about.id && made.customer === about.customerId && made.operation === about.operation && !isUntold
}

/** Whether that has become of an event of which it is not known yet. */
function mayBe({ first, state, expected }: Tracked, told: object, states: string[]): boolean {
  const hasEndedSo = first.gaveUp ? ['pending', 'dropped'].includes(state) : !first.result && states.includes(state)
  return hasEndedSo && (!expected || isAsExpected(undefined, told, { ...expected, outcome: undefined }))
}

/**
 * Whether the API has settled the event for good, so that the budgets of those that were not tried start anew. A refused
 * token may have been replaced, and the retries used up.
 */
export function isProgress(told: object, { tokens }: Program): 'yes' | 'maybe' | 'no' {
  if (!(told instanceof Error)) return 'yes'
  if (!(told instanceof ApiError) || told.retryable) return 'no'
  return told.status === 401 && tokens.length > 0 ? 'maybe' : 'yes'
}
