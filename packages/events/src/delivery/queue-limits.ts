import { QueueFullError } from '../errors/errors.ts'
import type { QueueLimits } from '../options/options.ts'

/** Keeps what is pending within the queue's bounds. */
export class QueueLimiter {
  readonly #limits: QueueLimits
  #events = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Tells whether nothing is in memory alone. */
  get isEmpty(): boolean {
    return this.#events === 0
  }

  /**
   * Counts a body in.
   *
   * @param waiting what could leave for it, the oldest first
   * @returns what has to leave for it, or the error that refuses it
   */
  take<Event extends { body: string }>(body: string, waiting: () => Iterable<Event>): Event[] | QueueFullError {
    const bytes = byteLength(body)
    if (bytes > this.#limits.maxBytes) return this.#neverFits(bytes)
    const leaving = this.#fits(1, bytes) ? [] : this.#leavingFor(bytes, waiting)
    if (leaving === undefined) return this.#full()
    this.#events++
    this.#bytes += bytes
    return leaving
  }

  release(body: string): void {
    this.#events--
    this.#bytes -= byteLength(body)
  }

  #fits(events: number, bytes: number): boolean {
    const { maxEvents, maxBytes } = this.#limits
    return this.#events + events <= maxEvents && this.#bytes + bytes <= maxBytes
  }

  /** As few as will do; or undefined if all of them would not, and then none has to leave in vain. */
  #leavingFor<Event extends { body: string }>(bytes: number, waiting: () => Iterable<Event>): Event[] | undefined {
    if (this.#limits.overflow !== 'drop-oldest') return undefined
    const leaving: Event[] = []
    let freed = 0
    for (const event of waiting()) {
      leaving.push(event)
      freed += byteLength(event.body)
      if (this.#fits(1 - leaving.length, bytes - freed)) return leaving
    }
    return undefined
  }

  #neverFits(bytes: number): QueueFullError {
    const { maxBytes } = this.#limits
    return new QueueFullError(
      `The event has ${bytes} bytes, more than the whole queue may have (queue.maxBytes: ${maxBytes}).`,
      false,
    )
  }

  #full(): QueueFullError {
    const { maxEvents, maxBytes, overflow } = this.#limits
    return new QueueFullError(
      `The queue is full: ${this.#events} events, ${this.#bytes} bytes (queue.maxEvents: ${maxEvents}, queue.maxBytes: ${maxBytes}). ` +
        'Wait for flush() before tracking more, or raise the limit.',
      // Who lets the newest go has decided that it need not come again.
      overflow !== 'drop-newest',
    )
  }
}

/** The length in UTF-8. Almost every body is ASCII, where it is that of the text. */
function byteLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text.length
  let bytes = 0
  for (let index = 0; index < text.length; index++) bytes += bytesOf(text.charCodeAt(index))
  return bytes
}

/** Half of a surrogate pair takes half of its four bytes. */
function bytesOf(unit: number): number {
  if (unit < 0x80) return 1
  return unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
}
