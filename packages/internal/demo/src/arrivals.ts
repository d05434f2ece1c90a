import type { Exchange, Mock } from '@obsidianlaunch/events-mock'

/** The records behind `latest`. An index would not do: the mock drops its oldest records when it has too many. */
export function since({ requests }: Pick<Mock, 'requests'>, latest: Exchange | undefined): readonly Exchange[] {
  return requests.slice(latest === undefined ? 0 : requests.lastIndexOf(latest) + 1)
}

/** Watches what of a file arrives at the mock, and whether each customer's lines come in the order of the file. */
export class Arrivals {
  violations = 0
  /** Number of answers with each status. */
  readonly answers = new Map<number, number>()
  /** The customers of whom an earlier line arrived after a later one. */
  readonly broken = new Set<string>()
  readonly #arrived = new Set<number>()
  readonly #lines = new Map<string, number>()
  readonly #mock: Pick<Mock, 'requests'>
  #latest: Exchange | undefined

  constructor(mock: Pick<Mock, 'requests'>) {
    this.#mock = mock
    this.#latest = mock.requests.at(-1)
  }

  /** Lines that have arrived, each counted once. */
  get events(): number {
    return this.#arrived.size
  }

  get customers(): number {
    return this.#lines.size
  }

  /** Takes in what has arrived since the last call. */
  update(): void {
    for (const exchange of since(this.#mock, this.#latest)) {
      this.#latest = exchange
      this.#take(exchange)
    }
  }

  #take({ status, headers, body, violations }: Exchange): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1)
    this.violations += violations.length
    // The command line makes the id of an event of the number of its line.
    const line = Number.parseInt(String(headers['idempotency-key']), 10)
    // Only the first arrival counts: a repetition says nothing about order.
    if (status !== 200 || this.#arrived.has(line)) return
    this.#arrived.add(line)
    const { customer_id: customer } = body as { customer_id: string }
    const latest = this.#lines.get(customer) ?? 0
    if (line < latest) this.broken.add(customer)
    else this.#lines.set(customer, line)
  }
}
