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
