/** The state of every call that was made: accepted is always the sum of the others. */
export interface TrackerStats {
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
export type EventEnd = 'delivered' | 'rejected' | 'dropped' | 'dead'

/** Counts what happens. Nothing is taken back: the report is what these numbers come to. */
export class Ledger {
  #calls = 0
  /** Calls that turned out to be of an event that was counted before. */
  #shared = 0
  readonly #ended: Record<EventEnd, number> = { delivered: 0, rejected: 0, dropped: 0, dead: 0 }
  readonly #found = { pending: 0, dead: 0 }
  readonly #erased = { pending: 0, dead: 0 }
  #replayed = 0
  /** Replays that the outbox has not answered, and dead letters that were seen to be pending again meanwhile. */
  readonly #replays = { open: 0, early: 0 }

  call(): void {
    this.#calls++
  }

  shared(): void {
    this.#shared++
  }

  end(how: EventEnd): void {
    this.#ended[how]++
  }

  /** Counts what a durable outbox held when it was opened. */
  found({ pending, dead }: { pending: number; dead: number }): void {
    this.#found.pending += pending
    this.#found.dead += dead
  }

  /** The outbox is asked to replay dead letters. What it lends before it answers is one of them, unless it is known. */
  replays(): void {
    this.#replays.open++
  }

  /** Counts dead letters that are pending again, as the outbox answers to one replay. */
  replayed(letters: number): void {
    const replays = this.#replays
    const early = Math.min(letters, replays.early)
    replays.early -= early
    this.#hasDead(letters - early)
    this.#replayed += letters - early
    if (--replays.open > 0) return
    // The others were lent unknown, and are still dead letters.
    this.#found.pending += replays.early
    this.#replayed -= replays.early
    replays.early = 0
  }

  /** Counts events that no call of this process waited for, and dead letters, that were erased. */
  erased(pending: number, dead: number): void {
    this.#hasDead(dead)
    this.hasPending(pending)
    this.#erased.pending += pending
    this.#erased.dead += dead
  }

  /** So many are pending. Those that are not known an outbox has stored that had said it could not; or another process has. */
  hasPending(events: number): void {
    const { pending, dead } = this.report()
    const unknown = Math.max(0, events - pending)
    const early = this.#replays.open > 0 ? Math.min(unknown, dead) : 0
    this.#replays.early += early
    this.#replayed += early
    this.#found.pending += unknown - early
  }

  /** So many are dead. Those that are not known died unheard, when the outbox failed to say so; or another process left them. */
  #hasDead(letters: number): void {
    const { dead, pending } = this.report()
    const unheard = Math.min(Math.max(0, letters - dead), pending)
    this.#ended.dead += unheard
    this.#found.dead += Math.max(0, letters - dead - unheard)
  }

  report(): TrackerStats {
    const { delivered, rejected } = this.#ended
    const accepted = this.#calls - this.#shared + this.#found.pending + this.#found.dead
    const dropped = this.#ended.dropped + this.#erased.pending + this.#erased.dead
    const dead = this.#found.dead + this.#ended.dead - this.#replayed - this.#erased.dead
    return { accepted, delivered, rejected, dropped, dead, pending: accepted - delivered - rejected - dropped - dead }
  }
}
