/** More turns than anything takes that waits for neither a clock nor a network. */
const turns = 40

/** Lets the event loop come to rest: whatever needs no clock and no network has happened. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((next) => setImmediate(next))
}

/** The promises that were handed out, until each has settled. */
export class HandedOut {
  readonly #open = new Map<PromiseLike<unknown>, string>()

  add(what: string, promise: PromiseLike<unknown>): void {
    this.#open.set(promise, what)
    const settled = () => void this.#open.delete(promise)
    promise.then(settled, settled)
  }

  /** Names of the promises that are still open. */
  get open(): string[] {
    return [...this.#open.values()]
  }
}

/** A promise with its value or its error, once it has one. */
export interface Watched<T> {
  state: 'open' | 'resolved' | 'rejected'
  value?: T
  error?: unknown
}

export function watch<T>(promise: PromiseLike<T>): Watched<T> {
  const watched: Watched<T> = { state: 'open' }
  promise.then(
    (value) => void Object.assign(watched, { state: 'resolved', value }),
    (error: unknown) => void Object.assign(watched, { state: 'rejected', error }),
  )
  return watched
}
