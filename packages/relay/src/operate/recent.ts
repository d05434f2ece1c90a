/** The thing whose answer is kept may take a while: it is asked no more than a twentieth of the time. */
const share = 20
/** It is asked again so soon after it has failed, however long that took: what is shown then is out of date once it works. */
const failedMs = 3_000

/** An answer that many ask for, and that is made once for all of them: made again once it is old for what it has cost. */
export class Recent<T> {
  readonly #make: () => Promise<T>
  readonly #leastMs: number
  readonly #isGood: (answer: T) => boolean
  #answer: Promise<T> | undefined
  #staleAt = 0

  /**
   * @param leastMs how long an answer is kept that has cost nothing
   * @param isGood tells an answer from what stands for a failure
   */
  constructor(make: () => Promise<T>, leastMs: number, isGood: (answer: T) => boolean) {
    this.#make = make
    this.#leastMs = leastMs
    this.#isGood = isGood
  }

  /** An answer that is as new as it may be. */
  get(): Promise<T> {
    if (this.#answer === undefined || performance.now() >= this.#staleAt) this.#answer = this.#begin()
    return this.#answer
  }

  /** Lets the next one who asks have a new answer: somebody has changed something, which one under way may not have. */
  drop(): void {
    this.#answer = undefined
  }

  #begin(): Promise<T> {
    const startedAt = performance.now()
    // Whoever asks meanwhile waits for the same.
    this.#staleAt = Infinity
    const ended = (isGood: boolean): void => {
      if (this.#answer !== answer) return
      const now = performance.now()
      this.#staleAt = now + (isGood ? Math.max(this.#leastMs, share * (now - startedAt)) : failedMs)
    }
    const answer = this.#make()
    answer.then(
      (made) => ended(this.#isGood(made)),
      () => ended(false),
    )
    return answer
  }
}
