/** Keeps the erasure of a customer and the ends of that customer's attempts apart, in whatever order an outbox answers. */
export class Erasures {
  /** Customers of whom an end is being recorded, and who waits for that. */
  readonly #settling = new Map<string, (() => void)[]>()
  /** Customers who are being erased, and what waits for that. */
  readonly #erasing = new Map<string, (() => void)[]>()

  /** Records an end, once nobody erases the customer; `record` calls `end` when that is done. */
  settle(customerId: string, record: (end: () => void) => void): void {
    const waiting = this.#erasing.get(customerId)
    if (waiting !== undefined) return void waiting.push(() => this.settle(customerId, record))
    this.#settling.set(customerId, this.#settling.get(customerId) ?? [])
    record(() => this.#end(this.#settling, customerId))
  }

  /** Begins an erasure once no end is being recorded. @returns ends it */
  async begin(customerId: string): Promise<() => void> {
    for (;;) {
      const waiting = this.#settling.get(customerId) ?? this.#erasing.get(customerId)
      if (waiting === undefined) break
      await new Promise<void>((free) => waiting.push(free))
    }
    this.#erasing.set(customerId, [])
    return () => this.#end(this.#erasing, customerId)
  }

  #end(all: Map<string, (() => void)[]>, customerId: string): void {
    const waiting = all.get(customerId) ?? []
    all.delete(customerId)
    for (const go of waiting) go()
  }
}
