import type { Operation } from '../../src/event/event.ts'
import type { Delivery, Settlement } from '../../src/delivery/delivery.ts'
import { EventTrackingError } from '../../src/errors/errors.ts'

/** How somebody's wait must end, as far as it can be foretold. */
export interface Expected {
  readonly outcome?: Settlement['outcome'] | undefined
  readonly code?: string
  readonly retryable?: boolean
  readonly mayHaveArrived?: boolean | undefined
  readonly cause?: unknown
}

/** Whether an outcome, with its receipt or error, is what was expected. */
export function isAsExpected(outcome: string | undefined, result: object | undefined, expected: Expected): boolean {
  const seen = { outcome, code: 'none', ...(result instanceof EventTrackingError && failureIn(result)) }
  return Object.entries(seen).every(([name, value]) => {
    const wanted = expected[name as keyof Expected]
    return wanted === undefined || Object.is(wanted, value)
  })
}

function failureIn({ code, retryable, cause, ...more }: EventTrackingError) {
  return { code, retryable, cause, mayHaveArrived: 'mayHaveArrived' in more ? more.mayHaveArrived : undefined }
}

/** Somebody who waits for an event: the call that made it, or one that repeated its id. */
export class Waiter {
  readonly delivery: Delivery
  readonly signal: AbortSignal | undefined
  settlement: Settlement | undefined
  /** Set when the wait has ended by its own signal while the event goes on. */
  gaveUp: Expected | undefined

  constructor(delivery: Delivery, signal: AbortSignal | undefined) {
    this.delivery = delivery
    this.signal = signal
    void delivery.settled().then((settlement) => (this.settlement = settlement))
  }

  /** The receipt or the error, once the wait is over. */
  get result(): object | undefined {
    if (this.settlement === undefined) return undefined
    return 'error' in this.settlement ? this.settlement.error : this.settlement.receipt
  }
}

/** A moment that is not known exactly: the earliest and the latest. */
export interface Span {
  from: number
  by: number
}

interface Made {
  readonly customer: string
  readonly operation: Operation
  readonly label: string
  readonly bytes: number
  /** In running time, as all that a budget counts from. */
  readonly acceptedAt: number
  readonly maxRetries: number
  readonly budgetMs: number
}

/** A call that counts: not one that repeats what is pending. */
export class Tracked {
  readonly made: Made
  readonly id: string
  readonly first: Waiter
  readonly repeats: Waiter[] = []
  requests = 0
  answers = 0
  hooks = 0
  /** What a hook was given: the receipt or the error. */
  told: object | undefined
  succeeded = false
  /** Skipped, or refused at once though tracked by `onError` itself: no hook is told of that. */
  isUntold = false
  /** How it must end, where that can be foretold. */
  expected: Expected | undefined
  /** How it ended, where the delivery cannot show it, because it waits no more. */
  unseenEnding: string | undefined
  /** Whether a request of its is open. */
  isInFlight = false
  /** Attempts that ended without an answer. */
  silences = 0
  /** What its budget counts from since its first attempt: when its lane began to be tried in vain. */
  tried: Span | undefined
  /** When its next attempt is due, at the earliest and at the latest. */
  retryFrom = 0
  retryBy = 0

  constructor(made: Made, first: Waiter) {
    this.made = made
    this.first = first
    this.id = first.delivery.id
  }

  get waiters(): Waiter[] {
    return [this.first, ...this.repeats]
  }

  get state(): string {
    if (this.first.gaveUp) return this.unseenEnding ?? 'pending'
    return this.first.delivery.toJSON().state
  }

  get isPending(): boolean {
    return this.state === 'pending'
  }
}
