import { Refusal } from '../edge/refusal.ts'

/** A rate that may be exceeded for a moment. */
export interface Rate {
  /** Requests a second in the long run. */
  perSecond: number
  /** Requests that may come at once. */
  burst: number
}

interface Bucket {
  tokens: number
  at: number
}

/** The number of buckets that are kept: of more, the one that was used longest ago goes, and is full when it is made again. */
const mostBuckets = 50_000

/** A token bucket for each name: an address, a key. */
export class RateLimiter {
  readonly #name: string
  readonly #rate: Rate
  readonly #now: () => number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>()

  /** @param name as the fields of the answer call it */
  constructor(name: string, rate: Rate, now: () => number) {
    this.#name = name
    this.#rate = rate
    this.#now = now
  }

  /** Counts a request. @returns its refusal where there have been too many */
  take(whose: string): Refusal | undefined {
    const { perSecond, burst } = this.#rate
    const now = this.#now()
    const { tokens, at } = this.#buckets.get(whose) ?? { tokens: burst, at: now }
    const filled = Math.min(burst, tokens + (Math.max(0, now - at) / 1_000) * perSecond)
    const isAllowed = filled >= 1
    this.#buckets.delete(whose)
    this.#buckets.set(whose, { tokens: isAllowed ? filled - 1 : filled, at: now })
    if (this.#buckets.size > mostBuckets) this.#dropOldest()
    return isAllowed ? undefined : this.#refusal((1 - filled) / perSecond)
  }

  #dropOldest(): void {
    for (const whose of this.#buckets.keys()) {
      this.#buckets.delete(whose)
      return
    }
  }

  /** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ for the two fields */
  #refusal(seconds: number): Refusal {
    const { perSecond, burst } = this.#rate
    const retryAfter = Math.max(1, Math.ceil(seconds))
    return new Refusal('rate-limit', `At most ${perSecond} requests a second are taken from one ${this.#name}.`, {
      retryAfter,
      headers: {
        ratelimit: `"${this.#name}";r=0;t=${retryAfter}`,
        'ratelimit-policy': `"${this.#name}";q=${burst};w=${Math.max(1, Math.ceil(burst / perSecond))}`,
      },
    })
  }
}
