import { inspect } from 'node:util'

/** Functions that are called with each value. One that throws hurts neither the others nor whoever tells them. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>()

  /** Calls the listener with each value to come; returns what ends that. */
  add(listener: (value: T) => void): () => void {
    this.#all.add(listener)
    return () => void this.#all.delete(listener)
  }

  tell(value: T): void {
    for (const listener of this.#all) {
      try {
        listener(value)
      } catch (error) {
        reportBug('a listener', error)
      }
    }
  }
}

/** Prints what went wrong in the mock itself, with its stack: nothing that a client sent may end here. */
export function reportBug(where: string, error: unknown): void {
  process.stderr.write(`The mock itself failed in ${where}: ${inspect(error)}\n`)
}
