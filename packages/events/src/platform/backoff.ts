/** Beyond it any base has reached any cap. */
const mostDoublings = 40

/** Exponential backoff with full jitter: any wait from 0 to min(cap, base × 2^n) is as likely. */
export function backoffMs({ baseMs, capMs }: { baseMs: number; capMs: number }, n: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(n, mostDoublings))
}
