/** Source of dates and of chance. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** The same, for a request that arrives. */
  arrive(): number
  /** A number from 0 up to 1. */
  random(): number
  /** A new token at each call. */
  token(): string
}

export interface ClockOptions {
  seed: number | undefined
  now: (() => number) | undefined
}

// A date far enough from today's not to be mistaken for it.
const beginning = Date.UTC(2030, 0, 1)

/** Makes a clock. With a seed each run is the same: the first request arrives at a fixed date, each other a second later. */
export function createClock({ seed, now }: ClockOptions): Clock {
  const random = seed === undefined ? Math.random : mulberry32(seed)
  let moment = beginning - 1000
  const read = now ?? (seed === undefined ? () => performance.timeOrigin + performance.now() : () => moment)
  return {
    now: read,
    arrive: () => {
      moment += 1000
      return read()
    },
    random,
    token: () => `test-${hex(random())}${hex(random())}`,
  }
}

function hex(share: number): string {
  return Math.floor(share * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}

/** A small generator whose numbers depend on nothing but the seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
