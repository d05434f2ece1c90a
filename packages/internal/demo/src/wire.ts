import type { Exchange, Mock } from '@obsidianlaunch/events-mock'
import { Order } from './order.ts'

/** The id of an event is its line, so that the mock's records lead back to the file. */
export const idOf = (line: number): string => `line-${line}`
export const lineOf = (id: string): number => Number(id.slice('line-'.length))

/** The records behind `latest`. An index would not do: the mock drops its oldest records when it has too many. */
export function since({ requests }: Mock, latest: Exchange | undefined): readonly Exchange[] {
  return requests.slice(latest === undefined ? 0 : requests.lastIndexOf(latest) + 1)
}

const violationsShown = 5

/** What arrived at the mock since `from`, read from its records. */
export class Wire {
  readonly order: Order
  requests = 0
  /** How often each status was answered. */
  readonly answers = new Map<number, number>()
  violations = 0
  /** The first few of them, in words. */
  readonly firstViolations: string[] = []
  readonly #mock: Mock
  #latest: Exchange | undefined

  constructor(mock: Mock, lastLine: number) {
    this.#mock = mock
    this.#latest = mock.requests.at(-1)
    this.order = new Order(lastLine)
  }

  /** Takes in what has arrived since the last call. */
  update(): void {
    for (const exchange of since(this.#mock, this.#latest)) {
      this.#take(exchange)
      this.#latest = exchange
    }
  }

  answered(status: number): number {
    return this.answers.get(status) ?? 0
  }

  #take({ status, headers, body, violations }: Exchange): void {
    this.requests++
    this.answers.set(status, this.answered(status) + 1)
    const line = lineOf(String(headers['idempotency-key']))
    for (const { message } of violations) {
      this.violations++
      if (this.firstViolations.length < violationsShown) {
        this.firstViolations.push(`line ${line}: ${message}`)
      }
    }
    if (status === 200) this.order.arrive((body as { customer_id: string }).customer_id, line)
  }
}
