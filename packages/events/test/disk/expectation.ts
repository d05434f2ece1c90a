import type { Step } from '../crash/record.ts'

/** Compares what a program has said until the power was lost with what the disk has after that. */
export class Expectation {
  readonly #stored = new Map<number, string>()
  readonly #sent = new Set<number>()
  /** Of customers whose erasure was asked for: there or not. */
  readonly #leaving = new Map<number, string>()
  readonly #erased = new Set<number>()

  get stored(): number {
    return this.#stored.size + this.#leaving.size + this.#erased.size
  }

  add({ what, customer, number }: Step): void {
    if (what === 'stored') this.#stored.set(number, customer)
    else if (what === 'sent') this.#sent.add(number)
    else if (what === 'erasing') move(customer, this.#stored, (gone) => this.#leaving.set(gone, customer))
    else if (what === 'erased') move(customer, this.#leaving, (gone) => this.#erased.add(gone))
  }

  /** @returns what is wrong with events that come out in this order */
  compare(found: readonly { readonly customer: string; readonly number: number }[]): string[] {
    const broken: string[] = []
    const numbers = new Set(found.map(({ number }) => number))
    if (numbers.size < found.length)
      broken.push(`something is there twice: ${found.map(({ number }) => number).join(' ')}`)
    for (const [number, customer] of this.#stored) {
      const isKnown = numbers.has(number) || this.#sent.has(number)
      if (!isKnown) broken.push(`${number} of ${customer} was acknowledged and is lost`)
    }
    for (const number of this.#erased) if (numbers.has(number)) broken.push(`${number} was erased and is there again`)
    const last = new Map<string, number>()
    for (const { customer, number } of found) {
      if (number < (last.get(customer) ?? -1)) broken.push(`${number} of ${customer} comes after a later one`)
      last.set(customer, number)
    }
    return broken
  }
}

function move(customer: string, from: Map<number, string>, to: (number: number) => void): void {
  for (const [number, owner] of from) {
    if (owner !== customer) continue
    from.delete(number)
    to(number)
  }
}
