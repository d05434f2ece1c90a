import type { WorldProcess } from '../machine/process.ts'

/** A promise that a tracker has handed out. */
export interface Wait {
  readonly what: string
  readonly process: WorldProcess
  /** It ends with its event. */
  readonly isOfEvent?: boolean
  /** The running time that it may take, as far as it says. */
  readonly mostMs: number
  /** The moment when it was handed out; later, where the process stood still since or the clock was set. */
  since: number
  isSettled: boolean
}

/** The promises that a tracker has handed out, with the time by which each must have settled. */
export class Waits {
  readonly #open = new Set<Wait>()

  /** @param settled is told the value; undefined where it was rejected */
  add<T>(
    promise: PromiseLike<T>,
    wait: Omit<Wait, 'isSettled'>,
    settled: (value: T | undefined, error: unknown) => void = () => undefined,
  ): void {
    // What a process asks in the midst of its death is not answered.
    if (wait.process.isDead) return
    const added = { ...wait, isSettled: false }
    this.#open.add(added)
    const end = (): void => {
      added.isSettled = true
      this.#open.delete(added)
    }
    promise.then(
      (value) => {
        end()
        if (!wait.process.isDead) settled(value, undefined)
      },
      (error: unknown) => {
        end()
        if (!wait.process.isDead) settled(undefined, error)
      },
    )
  }

  of(process: WorldProcess): Wait[] {
    return [...this.#open].filter((wait) => wait.process === process)
  }

  /** The process stood still, or its clock was set: what it waits for has all of its time again. */
  disturb(now: number): void {
    for (const wait of this.#open) wait.since = now
  }

  /** The clock that a process was given went back: what passes until it is read again is lost. */
  setBack(now: number): void {
    for (const wait of this.#open) wait.since = now + wait.mostMs
  }

  settledOne(process: WorldProcess, now: number): void {
    for (const wait of this.#open) if (wait.process === process && wait.isOfEvent) wait.since = now
  }

  died(process: WorldProcess): void {
    for (const wait of this.#open) if (wait.process === process) this.#open.delete(wait)
  }

  overdue(now: number): Wait[] {
    return [...this.#open].filter(({ since, mostMs }) => now > since + mostMs)
  }
}
