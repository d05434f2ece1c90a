/** Watches whether each customer's events arrive in the order of the file. */
export class Order {
  /** One byte a line: whether it has arrived. */
  readonly #arrived: Uint8Array
  readonly #latest = new Map<string, number>()
  readonly #broken = new Set<string>()
  #events = 0

  constructor(lastLine: number) {
    this.#arrived = new Uint8Array(lastLine + 1)
  }

  /** How many different lines have arrived. */
  get events(): number {
    return this.#events
  }

  get customers(): number {
    return this.#latest.size
  }

  /** The customers of whom an earlier line arrived after a later one. */
  get broken(): readonly string[] {
    return [...this.#broken]
  }

  /** A line has arrived with success. Only its first arrival counts: a repetition says nothing about order. */
  arrive(customerId: string, line: number): void {
    if (this.#arrived[line] !== 0) return
    this.#arrived[line] = 1
    this.#events++
    const latest = this.#latest.get(customerId) ?? 0
    if (line < latest) this.#broken.add(customerId)
    else this.#latest.set(customerId, line)
  }
}
