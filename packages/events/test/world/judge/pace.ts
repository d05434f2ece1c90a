import type { Exchange } from '../api/api.ts'
import type { WorldClock } from '../machine/clock.ts'

/** The time for which answers have asked everybody to wait, in the forms that nobody can take for nonsense. */
export class Pace {
  /** Nothing may be sent before. */
  from = 0
  readonly #mostMs: number

  constructor(mostMs: number) {
    this.#mostMs = mostMs
  }

  heard(exchange: Exchange, clock: WorldClock): void {
    const { status } = exchange.reply
    const askedMs = this.askedMs(exchange)
    if ((status === 429 || status === 503) && askedMs > 0) this.from = Math.max(this.from, clock.now + askedMs)
  }

  /** The time for which an answer asks to wait, as far as that is heeded; 0 where it is not sure that it does. */
  askedMs({ reply: { retryAfter, body } }: Exchange): number {
    if (body === 'endless' || !/^\d{1,8}$/.test(retryAfter ?? '') || Number(retryAfter) > 365 * 24 * 3_600) return 0
    return Math.min(Math.max(1_000, Number(retryAfter) * 1_000), this.#mostMs)
  }

  /** The clock by which a tracker measures it was set. */
  disturb(): void {
    this.from = 0
  }
}
