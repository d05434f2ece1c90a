import type { Exchange } from './api.ts'
import type { WorldClock } from './clock.ts'

/** How long answers have asked everybody to wait, in the forms that nobody can take for nonsense. */
export class Pace {
  /** Nothing may be sent before. */
  from = 0
  readonly #mostMs: number

  constructor(mostMs: number) {
    this.#mostMs = mostMs
  }

  heard({ reply }: Exchange, clock: WorldClock): void {
    const { status, retryAfter, body } = reply
    const isPlain = (status === 429 || status === 503) && body !== 'endless' && /^\d{1,4}$/.test(retryAfter ?? '')
    if (!isPlain) return
    const askedMs = Math.max(1_000, Number(retryAfter) * 1_000)
    this.from = Math.max(this.from, clock.now + Math.min(askedMs, this.#mostMs))
  }

  /** The clock by which a tracker measures it was set. */
  disturb(): void {
    this.from = 0
  }
}
