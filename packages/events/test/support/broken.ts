/** Notes a promise that does not hold. */
export type Expect = (holds: boolean, otherwise: string) => void

/** The promises that a program has found broken. */
export class Broken {
  readonly #broken = new Set<string>()

  /** Notes it and goes on: it may be called from within the tracker, which swallows what is thrown. */
  readonly expect: Expect = (holds, otherwise) => {
    if (!holds) this.#broken.add(otherwise)
  }

  /** @throws where there is any */
  report(when: string): void {
    if (this.#broken.size > 0) throw new Error(`${[...this.#broken].join('; ')} (at ${when})`)
  }
}
