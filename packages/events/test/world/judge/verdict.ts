/** A promise that the tracker has broken. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

/** Takes note of the first promise that is broken, and of what happens, by which two runs can be told apart. */
export class Verdict {
  finding: Finding | undefined
  #fingerprint = 0x81_1c_9d_c5
  readonly #trace: ((line: string) => void) | undefined

  constructor(trace?: (line: string) => void) {
    this.#trace = trace
  }

  /** A number that follows from all that was noted. */
  get fingerprint(): number {
    return this.#fingerprint >>> 0
  }

  /** @param promise the same for every way to break it */
  expect(isKept: boolean, promise: string, details: () => string = () => ''): void {
    if (!isKept) this.broken(promise, details())
  }

  broken(promise: string, details = ''): void {
    this.#trace?.(`BROKEN ${promise}: ${details}`)
    this.finding ??= new Finding(details === '' ? promise : `${promise}: ${details}`)
  }

  note(line: string): void {
    this.#trace?.(line)
    for (let at = 0; at < line.length; at++) {
      this.#fingerprint = Math.imul(this.#fingerprint ^ line.charCodeAt(at), 0x01_00_01_93)
    }
  }
}
