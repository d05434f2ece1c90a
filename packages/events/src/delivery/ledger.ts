/** The state of every call that was made: accepted is always the sum of the others. */
export interface Report {
  /** Every tracking call, valid or not, counted when it is made; and, once, what a durable outbox held at the start. */
  accepted: number
  /** The API answered with success. */
  delivered: number
  /** Refused before it was sent, refused by the API, or given up after the last retry. */
  rejected: number
  /** Ended by a decision: a full queue, a signal, a veto, `forget`, a shutdown, `enabled: false`. */
  dropped: number
  /** Among the dead letters of a durable outbox. */
  dead: number
  /** Neither ended nor dead. */
  pending: number
}

/** The ways in which an event can end. */
export type Ending = 'delivered' | 'rejected' | 'dropped' | 'dead'

/** Counts what happens. Nothing is taken back: the report is what these numbers come to. */
export class Ledger {
  #calls = 0
  /** Calls that turned out to be of an event that was counted before. */
  #shared = 0
  readonly #ended: Record<Ending, number> = { delivered: 0, rejected: 0, dropped: 0, dead: 0 }
  readonly #found = { pending: 0, dead: 0 }
  readonly #erased = { pending: 0, dead: 0 }
  #replayed = 0

  call(): void {
    this.#calls++
  }

  shared(): void {
    this.#shared++
  }

  end(how: Ending): void {
    this.#ended[how]++
  }

  /** Counts what a durable outbox held when it was opened. */
  found({ pending, dead }: { pending: number; dead: number }): void {
    this.#found.pending += pending
    this.#found.dead += dead
  }

  /** Counts dead letters that are pending again. */
  replayed(letters: number): void {
    this.#replayed += letters
  }

  /** Counts events that no call of this process waited for, and dead letters, that were erased. */
  erased(pending: number, dead: number): void {
    this.#erased.pending += pending
    this.#erased.dead += dead
  }

  report(): Report {
    const { delivered, rejected } = this.#ended
    const accepted = this.#calls - this.#shared + this.#found.pending + this.#found.dead
    const dropped = this.#ended.dropped + this.#erased.pending + this.#erased.dead
    const dead = this.#found.dead + this.#ended.dead - this.#replayed - this.#erased.dead
    return { accepted, delivered, rejected, dropped, dead, pending: accepted - delivered - rejected - dropped - dead }
  }
}
