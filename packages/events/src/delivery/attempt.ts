import type { Flight } from './flights.ts'
import { soon } from '../platform/platform.ts'
import { type Answer, type Sending, TokenFailure, type Wire } from '../http/send.ts'

/** How an attempt ended. */
export type Outcome =
  | Answer
  | { kind: 'unreachable'; cause: unknown }
  | { kind: 'timeout' }
  | { kind: 'tokenFailed'; cause: unknown }

type Ended = (attempt: Attempt, outcome: Outcome) => void

/** One request for one event. It ends exactly once, never throws, and has a signal of its own. */
export class Attempt implements Sending {
  readonly flight: Flight
  /** When it must have ended, in elapsed milliseconds. It counts from dispatch, so it moves when the token is there. */
  deadline: number
  readonly #abort = new AbortController()
  readonly #end: Ended
  readonly #elapsed: () => number
  readonly #timeoutMs: number
  readonly #maxRetries: number
  #isDispatched = false
  #hasExpired = false
  #hasEnded = false

  constructor(flight: Flight, wire: Wire, elapsed: () => number, timeoutMs: number, end: Ended) {
    this.flight = flight
    this.#end = end
    this.#elapsed = elapsed
    this.#timeoutMs = timeoutMs
    this.#maxRetries = flight.event.options.maxRetries ?? wire.maxRetries
    this.deadline = elapsed() + timeoutMs
    wire.post(flight.claim.entry, this.#abort.signal, this).then(
      (answer) => this.#finish(answer),
      (thrown: unknown) => this.#finish(this.#failure(thrown)),
    )
  }

  dispatched(): void {
    this.#isDispatched = true
    this.deadline = this.#elapsed() + this.#timeoutMs
  }

  mayRepeat(): boolean {
    const { event } = this.flight
    if (event.attempts > this.#maxRetries) return false
    event.attempts++
    return true
  }

  /** Time is up. An answer whose head has come still counts; anything else ends now, whatever fetch makes of the signal. */
  expire(): void {
    if (this.#hasExpired) return
    this.#hasExpired = true
    // After a pause of the whole process the answer may lie in the socket, unread: it gets two turns to be found.
    soon(() => soon(() => this.#cut()))
  }

  #cut(): void {
    this.#abort.abort()
    // A body that was being read ends before that turn comes, with the status that came before it.
    soon(() => this.#finish(this.#timeout()))
  }

  /** While there was no token nothing was sent, so it is not the server that did not answer. */
  #timeout(): Outcome {
    if (this.#isDispatched) return { kind: 'timeout' }
    return { kind: 'tokenFailed', cause: new Error(`No token within ${this.#timeoutMs} ms (attemptTimeoutMs)`) }
  }

  #failure(thrown: unknown): Outcome {
    if (this.#abort.signal.aborted) return this.#timeout()
    if (thrown instanceof TokenFailure) return { kind: 'tokenFailed', cause: thrown.cause }
    return { kind: 'unreachable', cause: thrown }
  }

  #finish(outcome: Outcome): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#end(this, outcome)
  }
}
