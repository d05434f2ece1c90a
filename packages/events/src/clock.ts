/** Time as the tracker sees it. Give one of your own to test without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
}

/** A clock that can also measure: the time of day may jump, what has elapsed may not. */
export interface Time extends Clock {
  /** Milliseconds since some fixed moment, never going back. */
  elapsed(): number
}

/** The platform's timers are looked up at each call, so that a test's fake timers are seen. */
const platform: Time = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
}

export function timeOf(clock: Clock | undefined): Time {
  if (clock === undefined) return platform
  return {
    now: () => clock.now(),
    elapsed: () => clock.now(),
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  }
}
