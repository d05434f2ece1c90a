import { Refusal } from '../edge/refusal.ts'

/** Finds the token of the tracker where it must not be, in whatever way it is escaped. */
export class ProjectToken {
  readonly #redact: (text: string) => string

  /** @param redact takes the token out of a text */
  constructor(redact: (text: string) => string) {
    this.#redact = redact
  }

  /** Refuses a request that carries it, in its address, in a header or in its body. */
  problemWith(text: string): Refusal | undefined {
    if (!this.#isIn(text)) return undefined
    return new Refusal(
      'project-token',
      'The request has the project token in it, which belongs on the relay alone. Take it out of the client, and have it ' +
        'replaced: it may have been seen.',
    )
  }

  /** Takes it out of a text for a log. */
  hide(text: string): string {
    const clean = this.#redact(text)
    return this.#isIn(clean) ? '[redacted]' : clean
  }

  #isIn(text: string): boolean {
    const plain = text.replaceAll(escapes, (_all, inAddress, inJson, sign: string) =>
      sign === undefined ? String.fromCharCode(Number.parseInt(inAddress ?? inJson, 16)) : sign,
    )
    return this.#redact(text) !== text || (plain !== text && this.#redact(plain) !== plain)
  }
}

/** Characters as addresses and JSON may write them. A token has ASCII alone. */
const escapes = /%([\da-f]{2})|\\u00([\da-f]{2})|\\(["\\/])/gi
