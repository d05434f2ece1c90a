interface Call<Given, Answer> {
  readonly given: readonly Given[]
  readonly resolve: (answers: readonly Answer[]) => void
  readonly reject: (error: unknown) => void
}

/** The most things that one statement carries. */
const mostGiven = 1_000

/**
 * Gathers calls while those before them are carried out, so that many share one statement: one at a time, in the order of
 * the calls. Where a statement fails for what one of its calls has given, each is carried out by itself.
 */
export class Group<Given, Answer> {
  readonly #carryOut: (given: readonly Given[]) => Promise<readonly Answer[]>
  readonly #isOfOne: (error: unknown) => boolean
  #calls: Call<Given, Answer>[] = []
  #isRunning = false
  /** The end of the newest call, which is the last to be carried out. */
  #last: Promise<unknown> = Promise.resolve()

  /** @param isOfOne tells whether others might succeed without the one that failed */
  constructor(
    carryOut: (given: readonly Given[]) => Promise<readonly Answer[]>,
    isOfOne: (error: unknown) => boolean = () => false,
  ) {
    this.#carryOut = carryOut
    this.#isOfOne = isOfOne
  }

  add(given: readonly Given[]): Promise<readonly Answer[]> {
    const answer = new Promise<readonly Answer[]>((resolve, reject) => this.#calls.push({ given, resolve, reject }))
    this.#last = answer.then(ignored, ignored)
    if (!this.#isRunning) void this.#run()
    return answer
  }

  /** Waits until all is carried out that was added before. */
  async idle(): Promise<void> {
    await this.#last
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // The rest of this turn may add more.
    await new Promise(setImmediate)
    while (this.#calls.length > 0) await this.#try(this.#next())
    this.#isRunning = false
  }

  #next(): Call<Given, Answer>[] {
    let size = 0
    const end = this.#calls.findIndex(({ given }, at) => (size += given.length) > mostGiven && at > 0)
    return this.#calls.splice(0, end < 0 ? this.#calls.length : end)
  }

  async #try(calls: readonly Call<Given, Answer>[]): Promise<void> {
    try {
      const answers = await this.#carryOut(calls.flatMap(({ given }) => given))
      let at = 0
      for (const { given, resolve } of calls) resolve(answers.slice(at, (at += given.length)))
    } catch (error) {
      if (calls.length > 1 && this.#isOfOne(error)) for (const call of calls) await this.#try([call])
      else for (const { reject } of calls) reject(error)
    }
  }
}

function ignored(): void {}
