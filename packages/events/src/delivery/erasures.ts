/** Those who wait for an erasure, or for the records of ended attempts, to be over. */
interface Waiting {
  /** How many are under way. */
  count: number
  readonly free: (() => void)[]
}

/**
 * Keeps the erasure of a customer and the records of that customer's attempts apart, in whatever order an outbox answers:
 * nothing is recorded while the customer is erased, and an erasure begins when nothing is being recorded.
 */
export class Erasures {
  readonly #recording = new Map<string, Waiting>()
  readonly #erasing = new Map<string, Waiting>()

  /** The end of the customer's erasure; undefined while there is none. */
  endOf(customerId: string): Promise<void> | undefined {
    return ended(this.#erasing.get(customerId))
  }

  /** Begins to record the end of an attempt. @returns ends that */
  record(customerId: string): () => void {
    return begin(this.#recording, customerId)
  }

  /** Begins an erasure once nothing is being recorded and no other one is under way. @returns ends it */
  async erase(customerId: string): Promise<() => void> {
    for (;;) {
      const other = ended(this.#recording.get(customerId)) ?? this.endOf(customerId)
      if (other === undefined) return begin(this.#erasing, customerId)
      await other
    }
  }
}

function ended(waiting: Waiting | undefined): Promise<void> | undefined {
  return waiting && new Promise((free) => waiting.free.push(free))
}

function begin(all: Map<string, Waiting>, customerId: string): () => void {
  const waiting = all.get(customerId) ?? { count: 0, free: [] }
  waiting.count++
  all.set(customerId, waiting)
  return () => {
    if (--waiting.count > 0) return
    all.delete(customerId)
    for (const free of waiting.free) free()
  }
}
