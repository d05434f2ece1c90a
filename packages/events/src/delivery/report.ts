/** Where every call that was made stands: accepted is always the sum of the others. */
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
  /** Still owed. */
  pending: number
}

/** How an event can end. */
export type Ending = 'delivered' | 'rejected' | 'dropped' | 'dead'

export class Books {
  #accepted = 0
  readonly #ended: Record<Ending, number> = { delivered: 0, rejected: 0, dropped: 0, dead: 0 }

  accept(): void {
    this.#accepted++
  }

  /** The last call turned out to be of an event that was counted before. */
  countOnce(): void {
    this.#accepted--
  }

  /** What a durable outbox held when it was opened. */
  found({ pending, dead }: { pending: number; dead: number }): void {
    this.#accepted += pending + dead
    this.#ended.dead += dead
  }

  end(how: Ending): void {
    this.#ended[how]++
  }

  /** Dead letters are pending again. */
  revive(letters: number): void {
    this.#ended.dead -= letters
  }

  /** Events and dead letters were erased. */
  erase(events: number, deadLetters: number): void {
    this.#ended.dead -= deadLetters
    this.#ended.dropped += events + deadLetters
  }

  report(): Report {
    const { delivered, rejected, dropped, dead } = this.#ended
    const pending = this.#accepted - delivered - rejected - dropped - dead
    return { accepted: this.#accepted, delivered, rejected, dropped, dead, pending }
  }
}
