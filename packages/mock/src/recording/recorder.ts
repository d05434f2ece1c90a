import { Listeners } from '../faults/listeners.ts'
import type { AnyExchange, Violation } from './exchange.ts'

export interface Bounds {
  maxRecords: number
  maxBytes: number
}

/** Keeps the latest exchanges, within bounds, and calls its listeners with each new one. */
export class Recorder {
  readonly #bounds: Bounds
  readonly #exchanges: AnyExchange[] = []
  readonly #listeners = new Listeners<AnyExchange>()
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Exchanges, oldest first: the same list at any time. */
  get exchanges(): readonly AnyExchange[] {
    return this.#exchanges
  }

  add(exchange: AnyExchange): void {
    this.#exchanges.push(exchange)
    this.#bytes += sizeOf(exchange)
    // The latest one stays, whatever its size: the client that has just had the answer looks for it.
    while (this.#exchanges.length > 1 && this.#isOver()) this.#bytes -= sizeOf(this.#exchanges.shift())
    this.#listeners.tell(exchange)
  }

  /** Calls the listener with each exchange to come; returns what ends that. */
  subscribe(listener: (exchange: AnyExchange) => void): () => void {
    return this.#listeners.add(listener)
  }

  clear(): void {
    this.#exchanges.length = 0
    this.#bytes = 0
  }

  #isOver(): boolean {
    return this.#exchanges.length > this.#bounds.maxRecords || this.#bytes > this.#bounds.maxBytes
  }
}

/** Approximate size of the texts, headers and violations. */
function sizeOf(exchange: AnyExchange | undefined): number {
  if (exchange === undefined) return 0
  const { path, headers, text, violations, answer } = exchange
  const texts = path.length + text.length + answer.text.length + sizeOfHeaders(headers) + sizeOfHeaders(answer.headers)
  return texts + sizeOfViolations(violations) + sizeOfViolations(answer.violations)
}

function sizeOfViolations(violations: readonly Violation[]): number {
  let size = 0
  for (const { path, message } of violations) size += path.length + message.length
  return size
}

function sizeOfHeaders(headers: Readonly<Record<string, string>>): number {
  let size = 0
  for (const [name, value] of Object.entries(headers)) size += name.length + value.length
  return size
}
