import { setTimeout as pass } from 'node:timers/promises'

/** The n-th event of a customer, from 0. */
export interface QueuedEvent {
  readonly customer: string
  readonly n: number
}

/** Delivers an event. It rejects where that fails. */
export type Deliver = (event: QueuedEvent) => Promise<void>

/** A queue in PostgreSQL, driven as its own documentation says. */
export interface Queue {
  /** Stores events, each customer's in the order of `n`. */
  add(events: readonly QueuedEvent[]): Promise<void>
  /** Delivers what is stored until it is stopped. */
  start(deliver: Deliver): Promise<void>
  stop(): Promise<void>
}

/** Tables for a queue in an empty database. */
export type OpenQueue = (url: string, options: QueueOptions) => Promise<Queue>

export interface QueueOptions {
  /** The time until what has failed is tried again, where a library lets that be set. */
  readonly retrySeconds: number
  /** After so many an event is dead. */
  readonly attempts: number
}

/** So many events are delivered at once. */
export const atOnce = 32
/** The pause of whoever has found nothing, where a library lets that be set. */
export const pollMs = 100

/** Two loops that take a batch each and deliver all of it, until they are stopped. One takes while the other puts back. */
export class Loops {
  #stopped = false
  #running: Promise<unknown> = Promise.resolve()

  /** @param turn returns how many it has taken */
  start(turn: () => Promise<number>): void {
    const loop = async () => {
      while (!this.#stopped) if ((await turn()) === 0) await pass(pollMs)
    }
    this.#running = Promise.all([loop(), loop()])
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}
