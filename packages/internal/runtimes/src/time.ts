import type { Clock } from '@obsidianlaunch/events'

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The promise's value, or an error once it has taken too long. */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: unknown
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${limitMs} ms`)), limitMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer as ReturnType<typeof setTimeout>))
}

/** Waits for something that must happen. When it does not, the time limit of the case tells. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5)
}

/** Time that passes only when it is told to. */
export class FakeClock implements Clock {
  #now = Date.parse('2023-06-25T10:00:00Z')
  #last = 0
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#timers.set(++this.#last, { at: this.#now + delayMs, callback })
    return this.#last
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number)
  }

  pass(ms: number): void {
    this.#now += ms
    const due = [...this.#timers].filter(([, { at }]) => at <= this.#now)
    for (const [handle, { callback }] of due) if (this.#timers.delete(handle)) callback()
  }
}
