import { QueueFullError } from './errors.ts'
import type { QueueLimits } from './options.ts'

const encoder = new TextEncoder()

/** Keeps what is owed within the queue's bounds. */
export class QueueRoom {
  readonly #limits: QueueLimits
  #events = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** @returns the error that refuses the event, if there is no room for it */
  take(body: string): QueueFullError | undefined {
    const { maxEvents, maxBytes } = this.#limits
    const bytes = byteLength(body)
    if (bytes > maxBytes) {
      return new QueueFullError(
        `The event has ${bytes} bytes, more than the whole queue may have (queue.maxBytes: ${maxBytes}).`,
        false,
      )
    }
    if (this.#events >= maxEvents || this.#bytes + bytes > maxBytes) {
      return new QueueFullError(
        `The queue is full: ${this.#events} events, ${this.#bytes} bytes (queue.maxEvents: ${maxEvents}, queue.maxBytes: ${maxBytes}). ` +
          'Wait for flush() before tracking more, or raise the limit.',
        true,
      )
    }
    this.#events++
    this.#bytes += bytes
    return undefined
  }

  give(body: string): void {
    this.#events--
    this.#bytes -= byteLength(body)
  }
}

/** UTF-8. Almost every body is ASCII, where the answer is its length. */
function byteLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text.length : encoder.encode(text).byteLength
}
