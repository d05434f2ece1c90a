import { OutboxError, type OutboxProblem } from '../errors/errors.ts'
import { outboxErrorOf, type TrackingError } from '../errors/tracking-error.ts'

/** A failure of an outbox that has not passed, for a person who looks after a tracker. */
export interface OutboxTrouble {
  /** The obstacle, where the outbox names one, such as `full` or `busy`. */
  readonly problem: OutboxProblem | undefined
  readonly message: string
  /** The moment when it failed last: time of day, in milliseconds. */
  readonly at: number
}

/** The methods of an outbox that fail, until they work again, each with its last failure. */
export class OutboxTroubles extends Map<string, OutboxTrouble> {
  /** Those of which nobody but the hooks could be told. */
  readonly #told = new Set<string>()

  /** The failure that came last: of a method that is not asked at present an older one may be left. */
  get latest(): OutboxTrouble | undefined {
    // An impossible entry says nothing about the outbox.
    const troubles = [...this.values()].filter(({ problem }) => problem !== 'entry')
    return troubles.toSorted((one, other) => other.at - one.at)[0]
  }

  /** @returns the error that stands for what was thrown */
  failed(method: string, thrown: unknown, at: number): TrackingError {
    const error = outboxErrorOf(thrown)
    const { text, problem } = error as Partial<OutboxError> & TrackingError
    this.set(method, { problem, message: text, at })
    return error
  }

  told(method: string): void {
    this.#told.add(method)
  }

  /** @returns whether all that was told has passed by that */
  works(method: string): boolean {
    this.delete(method)
    return this.#told.delete(method) && this.#told.size === 0
  }
}

/** Tells whether an outbox that failed so may work again by itself. */
export function mayPass(error: TrackingError): boolean {
  return error instanceof OutboxError && (error.problem === 'busy' || error.problem === 'io')
}

export function isBusy(error: TrackingError): boolean {
  return error instanceof OutboxError && error.problem === 'busy'
}
