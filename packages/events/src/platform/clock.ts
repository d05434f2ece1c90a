import { elapsedTime, forward, inOwnContext, startTimer, stopTimer, timeOfDay } from './platform.ts'

/** Source of time and timers. Give one of your own to test without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
}

/** The longest delay that setTimeout takes. */
export const longestTimeoutMs = 2 ** 31 - 1

/** A clock that can also measure: the time of day may jump, what has elapsed may not. */
export interface Time extends Clock {
  /** Milliseconds since some fixed moment, never going back. */
  elapsed(): number
}

const platform: Time = { now: timeOfDay, elapsed: elapsedTime, setTimeout: startTimer, clearTimeout: stopTimer }

export function timeOf(clock: Clock | undefined): Time {
  if (clock === undefined) return platform
  return {
    now: () => clock.now(),
    elapsed: forward(() => clock.now()),
    // A clock of the caller's calls back in the context of the code that moves it.
    setTimeout: (callback, delayMs) => clock.setTimeout(() => inOwnContext(callback), delayMs),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  }
}
