/** Where every call that was made stands: accepted is always the sum of the others. */
export interface Report {
  /** Every tracking call, valid or not, counted when it is made. */
  accepted: number
  /** The API answered with success. */
  delivered: number
  /** Refused before it was sent, refused by the API, or given up after the last retry. */
  rejected: number
  /** Ended by a decision: a full queue, a shutdown, `enabled: false`. */
  dropped: number
  /** Among the dead letters of a durable outbox. */
  dead: number
  /** Still owed. */
  pending: number
}

/** How an event can end. */
export type Ending = 'delivered' | 'rejected' | 'dropped'

export class Books {
  #accepted = 0
  readonly #ended: Record<Ending, number> = { delivered: 0, rejected: 0, dropped: 0 }

  accept(): void {
    this.#accepted++
  }

  end(how: Ending): void {
    this.#ended[how]++
  }

  report(): Report {
    const { delivered, rejected, dropped } = this.#ended
    const pending = this.#accepted - delivered - rejected - dropped
    return { accepted: this.#accepted, delivered, rejected, dropped, dead: 0, pending }
  }
}
